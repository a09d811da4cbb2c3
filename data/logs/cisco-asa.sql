-- Denied packets in the syslog of a Cisco ASA ("Cisco Secure Firewall ASA Series Syslog
-- Messages"): 106001, 106006, 106014, 106015, 106023, 313004, 313005, 710003. Other messages are
-- left out. An address stands behind an interface ("outside:192.0.2.1/4000") or alone.
-- name: cisco-asa
-- about: Cisco ASA syslog, denied packets; needs --year when the times have none
-- read: lines
-- detect: %ASA-[0-7]-(106001|106006|106014|106015|106023|313004|313005|710003): 
WITH message AS (
    SELECT
        n,
        line,
        regexp_extract(line, '%ASA-[0-7]-([0-9]+): ', 1) AS number,
        regexp_extract(line, '%ASA-[0-7]-[0-9]+: (.*)', 1) AS words,
        regexp_extract(line, '[A-Z][a-z]{2} [ 0-9][0-9] ([0-9]{4} )?[0-9]{2}:[0-9]{2}:[0-9]{2}')
            AS stamp
    FROM rows
    WHERE line LIKE '%\%ASA-%' ESCAPE '\'
), parts AS (
    SELECT
        *,
        regexp_extract_all(words, '(?:^|[ :])((?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)(?:/[0-9]+)?', 1) AS addresses,
        regexp_extract_all(words, '(?:[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)/([0-9]+)', 1) AS ports,
        lower(regexp_extract(words, '(?i)(tcp|udp|icmp6?|protocol [0-9]+)', 1)) AS name,
        coalesce(nullif(regexp_extract(words, 'type[ =]([0-9]+)', 1), ''), NULL) AS type,
        coalesce(nullif(regexp_extract(words, 'code[ =]([0-9]+)', 1), ''), NULL) AS code
    FROM message
    WHERE number IN ('106001', '106006', '106014', '106015', '106023', '313004', '313005', '710003')
)
SELECT
    n,
    CASE WHEN length(stamp) = 15
         THEN try_strptime('2000 ' || stamp, '%Y %b %d %H:%M:%S') END AS ts_yearless,
    CASE WHEN length(stamp) = 20 THEN try_strptime(stamp, '%b %d %Y %H:%M:%S') END AS ts_local,
    addresses[1] AS src,
    addresses[2] AS dst,
    regexp_replace(name, '^protocol ', '') AS proto,
    CASE WHEN type IS NULL THEN ports[1] END AS sport,
    CASE WHEN type IS NULL THEN ports[2] END AS dport,
    type AS icmp_type,
    code AS icmp_code,
    1 AS packets
FROM parts
