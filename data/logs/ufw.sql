-- The kernel's log of packets as the Uncomplicated Firewall writes it (netfilter LOG target:
-- Linux net/netfilter/nf_log_syslog.c), by rsyslog with either time format or as RFC 5424:
--   May  8 00:00:52 host kernel: [35266.781076] [UFW BLOCK] IN=eth0 OUT= MAC=... SRC=192.0.2.1 ...
--   2024-05-08T00:00:52.120000+00:00 host kernel: [UFW BLOCK] IN=eth0 OUT= ...
-- It has TTL, ID, DF, window and flags, so class and tool come from the packet stages.
-- [UFW AUDIT] lines repeat what other lines say and are left out, as are lines of other
-- programs. An ICMP error quotes the packet that caused it in brackets.
-- name: ufw
-- about: UFW kernel log (syslog); needs --year when the times have none
-- read: lines
-- detect: kernel(:| [^ ]+ [^ ]+ (-|(\[[^]]*\])+)) .*\[UFW [A-Z ]+\].* SRC=
-- class: packet
WITH ufw AS (
    SELECT
        n,
        line,
        split_part(line, ' [SRC=', 1) AS packet,
        nullif(split_part(line, ' [SRC=', 2), '') AS quoted,
        syslog_iso(line) AS iso,
        field(line, 'PROTO') IN ('ICMP', 'ICMPv6', '1', '58') AS icmp
    FROM rows
    WHERE line LIKE '%[UFW %' AND line NOT LIKE '%[UFW AUDIT%' AND field(line, 'SRC') IS NOT NULL
)
SELECT
    n,
    syslog_yearless(line) AS ts_yearless,
    iso_utc(iso) AS ts,
    iso_local(iso) AS ts_local,
    field(packet, 'IN') IS NULL AS outgoing,
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
FROM ufw
