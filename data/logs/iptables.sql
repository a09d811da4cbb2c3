-- Packets that the Linux kernel logs (Linux net/netfilter/nf_log_syslog.c): the LOG target of
-- iptables, `log` of nftables, whatever their prefix, by rsyslog with either time format, as
-- RFC 5424 has it, or as journalctl or `dmesg -T` print them:
--   May  8 00:00:52 host kernel: [35266.781076] DROP IN=eth0 OUT= MAC=... SRC=192.0.2.1 DST=...
--   2024-05-08T00:00:52.120000+00:00 host kernel: nft-in: IN=eth0 OUT= SRC=192.0.2.1 DST=...
--   <4>1 2024-05-08T00:00:52.120000Z host kernel - - - nft-in: IN=eth0 OUT= SRC=192.0.2.1 DST=...
--   [Wed May  8 00:00:52 2024] DROP IN=eth0 OUT= MAC=... SRC=192.0.2.1 DST=...
--   Wed May  8 00:00:52 2024 kern.warn kernel: [35266.781076] REJECT wan in: IN=eth0 OUT= ...
--     (logread of OpenWrt)
--   May  8 00:00:52 host DROP IN=eth0 OUT= MAC=... SRC=192.0.2.1 DST=... MARK=0  (ulogd)
-- The fields are the packet's, so class and tool come from the packet stages. A log with lines
-- of UFW alone is of the format ufw; in a mixed one its lines are read here ([UFW AUDIT]
-- repeats what other lines say and is left out, as are lines of other programs).
-- name: iptables
-- about: packets logged by iptables or nftables (syslog); needs --year when the times have none
-- read: lines
-- detect: (kernel(:| [^ ]+ [^ ]+ (-|(\[[^]]*\])+)) (﻿)?|^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4}\] )(\[ *[0-9]+\.[0-9]+\] ?)?([^[ =][^=]*|\[[^]U 0-9][^=]*|\[U[^F][^=]*)?IN=[^ ]* OUT=[^ ]* .*SRC=[^ ]+ DST=|^([A-Z][a-z]{2} [ 0-9][0-9]|[0-9-]{10}[T ])[^[]* [^[ =]*[: ]?IN=[^ ]* OUT=[^ ]* .*SRC=[^ ]+ DST=[^ ]+ LEN=
-- class: packet
WITH netfilter AS (
    SELECT
        n,
        line,
        split_part(line, ' [SRC=', 1) AS packet,
        nullif(split_part(line, ' [SRC=', 2), '') AS quoted,
        syslog_iso(line) AS iso,
        field(line, 'PROTO') IN ('ICMP', 'ICMPv6', '1', '58') AS icmp
    FROM rows
    WHERE line LIKE '%IN=%' AND line NOT LIKE '%[UFW AUDIT%' AND field(line, 'SRC') IS NOT NULL
)
SELECT
    n,
    syslog_yearless(line) AS ts_yearless,
    iso_utc(iso) AS ts,
    CASE WHEN line LIKE '[%' THEN try_strptime(substr(line, 2, 24), '%a %b %d %H:%M:%S %Y')
         WHEN line LIKE '___ ___ %' THEN try_strptime(left(line, 24), '%a %b %d %H:%M:%S %Y')
         ELSE iso_local(iso) END AS ts_local,
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
