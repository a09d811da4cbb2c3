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
WITH logged AS (
    SELECT n, line, syslog_iso(line) AS iso, netfilter(line) AS packet
    FROM rows
    WHERE line LIKE '%[UFW %' AND line NOT LIKE '%[UFW AUDIT%' AND field(line, 'SRC') IS NOT NULL
)
SELECT
    n,
    syslog_yearless(line) AS ts_yearless,
    iso_utc(iso) AS ts,
    iso_local(iso) AS ts_local,
    packet.*
FROM logged
