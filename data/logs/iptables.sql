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
-- of UFW alone is of the format ufw; in a mixed one, and by dmesg, its lines are read here ([UFW AUDIT]
-- repeats what other lines say and is left out, as are lines of other programs).
-- name: iptables
-- about: packets logged by iptables or nftables (syslog); needs --year when the times have none
-- read: lines
-- detect: (kernel(:| [^ ]+ [^ ]+ (-|(\[[^]]*\])+)) (﻿)?|^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4}\] )(\[ *[0-9]+\.[0-9]+\] ?)?([^[ =][^=]*|\[[^]U 0-9][^=]*|\[U[^F][^=]*)?IN=[^ ]* OUT=[^ ]* .*SRC=[^ ]+ DST=|^([A-Z][a-z]{2} [ 0-9][0-9]|[0-9-]{10}[T ])[^[]* [^[ =]*[: ]?IN=[^ ]* OUT=[^ ]* .*SRC=[^ ]+ DST=[^ ]+ LEN=|^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4}\] .*\[UFW [A-Z ]+\] IN=[^ ]* OUT=[^ ]* .*SRC=[^ ]+ DST=
-- class: packet
WITH logged AS (
    SELECT n, line, syslog_iso(line) AS iso, netfilter(line) AS packet
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
    packet.*
FROM logged
