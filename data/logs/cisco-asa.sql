-- Denied packets in the syslog of a Cisco ASA, or of its heirs that write %FTD- ("Cisco Secure
-- Firewall ASA Series Syslog Messages"): 106001, 106006, 106014, 106015, 106023, 106100 (denied),
-- 313004, 313005, 710003. Other messages are left out. An address stands behind an interface
-- ("outside:192.0.2.1/4000") or alone; 106100 ("outside/192.0.2.1(4000) -> in/...") is put into
-- the same words. The time is the device's own, with its year, or else that of the syslog.
-- Where a message tells the flags or the type of ICMP, the packet tells its class: 106015 is
-- what no connection expects, backscatter as often as a scan.
-- name: cisco-asa
-- about: Cisco ASA syslog, denied packets; needs --year when the times have none
-- read: lines
-- class: packet
-- detect: %(ASA|FTD|PIX)-([a-z]+-)?[0-7]-(106001|106006|106014|106015|106023|106100|313004|313005|710003): 
WITH lines AS (
    SELECT
        n,
        line,
        regexp_extract(line, '%(?:ASA|FTD|PIX)-(?:[a-z]+-)?[0-7]-([0-9]+): ', 1) AS number,
        regexp_extract(line, '%(?:ASA|FTD|PIX)-(?:[a-z]+-)?[0-7]-[0-9]+: (.*)', 1) AS said,
        coalesce(
            nullif(regexp_extract(line, '[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}'), ''),
            regexp_extract(line, '[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2}')) AS stamp
    FROM rows
    WHERE line LIKE '%\%ASA-%' ESCAPE '\' OR line LIKE '%\%FTD-%' ESCAPE '\'
        OR line LIKE '%\%PIX-%' ESCAPE '\'
), message AS (
    SELECT
        *,
        CASE WHEN number <> '106100' THEN said
             WHEN said LIKE '% denied icmp%' THEN regexp_replace(said,
                 '.* denied ([^ ]+) [^ ]+/([^ (]+)\(([0-9]+)\).* -> [^ ]+/([^ (]+)\(([0-9]+)\).*',
                 '\1 from \2 to \4 type \3 code \5')
             ELSE regexp_replace(said,
                 '.* denied ([^ ]+) [^ ]+/([^ (]+)\(([0-9]+)\).* -> [^ ]+/([^ (]+)\(([0-9]+)\).*',
                 '\1 from \2/\3 to \4/\5') END AS words
    FROM lines
    WHERE number IN ('106001', '106006', '106014', '106015', '106023', '106100', '313004',
                     '313005', '710003')
        AND (number <> '106100' OR said LIKE '% denied %')
), parts AS (
    SELECT
        *,
        regexp_extract_all(words, '(?:^|[ :])((?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)(?:/[0-9]+)?', 1) AS addresses,
        regexp_extract_all(words, '(?:[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)/([0-9]+)', 1) AS ports,
        lower(regexp_extract(words, '(?i)(tcp|udp|icmp6?|protocol [0-9]+)', 1)) AS name,
        coalesce(nullif(regexp_extract(words, 'type[ =]([0-9]+)', 1), ''), NULL) AS type,
        coalesce(nullif(regexp_extract(words, 'code[ =]([0-9]+)', 1), ''), NULL) AS code,
        nullif(regexp_extract(words, ' flags ([A-Z ]+)', 1), '') AS flags
    FROM message
)
SELECT
    n,
    CASE WHEN length(stamp) = 15 AND syslog_iso(line) IS NULL
         THEN yearless(stamp) END AS ts_yearless,
    iso_utc(CASE WHEN length(stamp) <> 20 THEN syslog_iso(line) END) AS ts,
    CASE WHEN length(stamp) = 20 THEN try_strptime(stamp, '%b %d %Y %H:%M:%S')
         ELSE iso_local(syslog_iso(line)) END AS ts_local,
    addresses[1] AS src,
    addresses[2] AS dst,
    regexp_replace(name, '^protocol ', '') AS proto,
    CASE WHEN type IS NULL THEN ports[1] END AS sport,
    CASE WHEN type IS NULL THEN ports[2] END AS dport,
    type AS icmp_type,
    code AS icmp_code,
    word_bits(flags, 'FIN SYN RST PSH ACK URG') AS tcp_flags,
    1 AS packets,
    CASE WHEN flags IS NULL AND type IS NULL THEN 'scan' END AS class,
    CASE WHEN flags IS NULL AND type IS NULL THEN 'log:cisco-asa' END AS rule
FROM parts
