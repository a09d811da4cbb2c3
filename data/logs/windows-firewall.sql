-- pfirewall.log of the Windows Firewall, which writes its fields in the order of its header:
--   #Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack
--   tcpwin icmptype icmpcode info path
-- A hyphen is a field that is not told. Dropped packets have TCP flags and window, allowed ones
-- (the first of a connection) have not. Windows XP had OPEN (one of its own), OPEN-INBOUND and
-- CLOSE, which is the end of what stands there already and is left out, and no path.
-- name: windows-firewall
-- about: Windows Firewall (pfirewall.log), in the zone of --tz
-- read: lines
-- class: packet
-- detect: ^#Software: Microsoft (Windows|Internet Connection) Firewall
WITH cells AS (
    SELECT n, list_transform(string_split(trim(line), ' '), x -> nullif(x, '-')) AS c
    FROM rows
    WHERE line NOT LIKE '#%'
), told AS (
    SELECT *, nullif(TRY_CAST(c[9] AS INTEGER), 0) AS size
    FROM cells
)
SELECT
    n,
    iso_local(c[1] || ' ' || c[2]) AS ts_local,
    c[5] AS src,
    c[6] AS dst,
    c[4] AS proto,
    c[7] AS sport,
    c[8] AS dport,
    c[14] AS icmp_type,
    c[15] AS icmp_code,
    c[3] = 'OPEN' OR coalesce(c[17] = 'SEND', false) AS outgoing,
    size AS ip_length,
    size AS bytes,
    CASE WHEN regexp_full_match(c[10], '[FSRPAUEC]+') THEN flag_bits(c[10]) END AS tcp_flags,
    c[13] AS "window",
    1 AS packets
FROM told
WHERE c[5] IS NOT NULL AND c[3] <> 'CLOSE'
