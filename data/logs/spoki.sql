-- The raw TCP log of Spoki (Hiesgen et al., USENIX Security 2022), a telescope that answers:
-- "|" between cells, times in milliseconds, the payload in hexadecimal. It has the packets'
-- fields, so class and tool come from the packet stages. Of TCP options only the names are
-- there, which is not enough for a signature of the stack.
-- name: spoki
-- about: Spoki's raw TCP log
-- read: csv
-- delimiter: |
-- columns: ts! saddr! daddr! ipid! ttl! proto! sport! dport! snum! syn! ack! rst! fin!
-- columns: window_size payload
-- class: packet
SELECT
    n,
    epoch_any(ts) AS ts,
    saddr AS src,
    daddr AS dst,
    proto,
    sport,
    dport,
    ttl,
    ipid AS ip_id,
    window_size AS "window",
    (fin = '1')::INTEGER + 2 * (syn = '1')::INTEGER + 4 * (rst = '1')::INTEGER
        + 16 * (ack = '1')::INTEGER AS tcp_flags,
    1 AS packets,
    text_hex(payload) AS payload
FROM rows
