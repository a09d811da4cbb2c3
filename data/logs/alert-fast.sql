-- Alerts in one line, Snort's alert_fast and Suricata's fast.log:
--   05/08-00:00:52.123456  [**] [1:2009582:3] ET SCAN NMAP [**] [Classification: ...] [Priority: 2] {TCP} 192.0.2.1:9 -> 203.0.113.9:23
--   05/08/2024-00:00:52.123456  [wDrop] [**] [1:2009582:3] ...
-- Each is a session: class by its category, the signature is the rule. Addresses of IPv6 have no
-- brackets, so the port is what stands behind the last colon. Of ICMP Snort tells no more than the
-- addresses, Suricata type and code in place of the ports. Snort writes no year unless it is told
-- to (-y: two digits).
-- name: alert-fast
-- about: Snort alert_fast and Suricata fast.log; needs --year when the times have none
-- read: lines
-- detect: ^[0-9]{2}/[0-9]{2}(/[0-9]{2,4})?-[0-9:]{8}\.[0-9]{6} .*\[\*\*\] \[[0-9]+:[0-9]+:[0-9]+\] .* \{[^}]+\} [0-9A-Fa-f.:]+ -> 
WITH parts AS (
    SELECT n, regexp_extract(line,
        '^([0-9/]+)-([0-9:]{8}\.[0-9]{6}) .*?\[\*\*\] \[[0-9:]+\] "?(.*?)"? \[\*\*\](?: \[Classification: ([^\]]*)\])?.* \{([^}]+)\} ([0-9A-Fa-f.:]+) -> ([0-9A-Fa-f.:]+)',
        ['day', 'time', 'signature', 'category', 'proto', 'source', 'target']) AS p
    FROM rows
), told AS (
    SELECT
        n,
        p,
        p.proto ILIKE '%icmp%' AS icmp,
        upper(p.proto) NOT IN ('TCP', 'UDP') AND length(p.day) < 10 AS alone, -- no ports
        CASE length(p.day)
            WHEN 10 THEN try_strptime(p.day || ' ' || p.time, '%m/%d/%Y %H:%M:%S.%f')
            WHEN 8 THEN try_strptime(p.day || ' ' || p.time, '%m/%d/%y %H:%M:%S.%f') END AS dated,
        try_strptime('2000/' || p.day || ' ' || p.time, '%Y/%m/%d %H:%M:%S.%f') AS yearless
    FROM parts
    WHERE p.source <> ''
), ends AS (
    SELECT
        *,
        regexp_extract(p.source, '^(.*):([0-9]+)$', ['host', 'port']) AS source,
        regexp_extract(p.target, '^(.*):([0-9]+)$', ['host', 'port']) AS target
    FROM told
)
SELECT
    n,
    dated AS ts_local,
    CASE WHEN length(p.day) = 5 THEN yearless END AS ts_yearless,
    CASE WHEN alone THEN p.source ELSE source.host END AS src,
    CASE WHEN alone THEN p.target ELSE target.host END AS dst,
    CASE WHEN icmp THEN 'icmp' ELSE p.proto END AS proto,
    CASE WHEN NOT alone AND NOT icmp THEN source.port END AS sport,
    CASE WHEN NOT alone AND NOT icmp THEN target.port END AS dport,
    CASE WHEN NOT alone AND icmp THEN source.port END AS icmp_type,
    CASE WHEN NOT alone AND icmp THEN target.port END AS icmp_code,
    alert_class(p.category) AS class,
    'alert:' || p.signature AS rule
FROM ends
