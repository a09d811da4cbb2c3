-- Packets that the Linux kernel logs (LOG of iptables, `log` of nftables, UFW), as `journalctl -o
-- json` exports the journal: the words of format iptables stand in MESSAGE, the time is in
-- microseconds since 1970 (systemd.journal-fields(7), systemd's "Journal Export Formats"):
--   {"__REALTIME_TIMESTAMP":"1715126452120000","MESSAGE":"[UFW BLOCK] IN=eth0 OUT= ...", ...}
-- Other messages are left out. A message that is no text is exported as numbers: it is none of these.
-- name: journal
-- about: packets logged by iptables, nftables or UFW, of journalctl -o json
-- read: json
-- columns: MESSAGE! __REALTIME_TIMESTAMP! _SOURCE_REALTIME_TIMESTAMP
-- detect: "MESSAGE" *: *"[^"]*IN=[^ ]* OUT=[^ ]* .*SRC=[^ ]+ DST=
-- class: packet
WITH netfilter AS (
    SELECT
        n,
        coalesce(_SOURCE_REALTIME_TIMESTAMP, __REALTIME_TIMESTAMP) AS stamp,
        split_part(MESSAGE, ' [SRC=', 1) AS packet,
        nullif(split_part(MESSAGE, ' [SRC=', 2), '') AS quoted,
        field(MESSAGE, 'PROTO') IN ('ICMP', 'ICMPv6', '1', '58') AS icmp
    FROM rows
    WHERE MESSAGE LIKE '%IN=% OUT=%' AND MESSAGE NOT LIKE '[UFW AUDIT%'
        AND field(MESSAGE, 'SRC') IS NOT NULL
)
SELECT
    n,
    epoch_any(stamp) AS ts,
    regexp_matches(packet, 'IN= OUT=[^ ]') AS outgoing,
    field(packet, 'SRC') AS src,
    field(packet, 'DST') AS dst,
    field(packet, 'PROTO') AS proto,
    -- an echo has its identifier in a second ID=
    CASE WHEN icmp THEN nth_field(packet, 'ID', if(position(':' IN field(packet, 'SRC')) > 0, 1, 2))
         ELSE field(packet, 'SPT') END AS sport,
    field(packet, 'DPT') AS dport,
    field(packet, 'TYPE') AS icmp_type,
    field(packet, 'CODE') AS icmp_code,
    coalesce(field(packet, 'TTL'), field(packet, 'HOPLIMIT')) AS ttl,
    field(packet, 'TOS') AS tos,
    -- in IPv6 ID= can only be the identifier of an echo
    CASE WHEN field(packet, 'TTL') IS NOT NULL THEN field(packet, 'ID') END AS ip_id,
    word_bits(packet, 'DF') = 1 AS df,
    field(packet, 'LEN') AS ip_length,
    field(packet, 'WINDOW') AS window,
    CASE WHEN field(packet, 'WINDOW') IS NOT NULL
         THEN word_bits(packet, 'FIN SYN RST PSH ACK URG ECE CWR') END AS tcp_flags,
    1 AS packets,
    field(packet, 'LEN') AS bytes,
    split_part(quoted, ' ', 1) AS quoted_src,
    field(quoted, 'DST') AS quoted_dst,
    field(quoted, 'PROTO') AS quoted_proto,
    field(quoted, 'SPT') AS quoted_sport,
    field(quoted, 'DPT') AS quoted_dport
FROM netfilter
