-- Packets that pf logs on pfSense and OPNsense: lines of filterlog ("Raw Filter Log Format" in the
-- documentation of pfSense), by syslog with or without a host or as RFC 5424 has it:
--   Jul  3 19:10:30 fw filterlog[72237]: 5,,,1000000103,em0,match,block,in,4,0x0,,52,4711,0,DF,6,tcp,60,192.0.2.1,203.0.113.9,40000,23,0,S,1,,64240,,mss
-- The cells are rule, its part, anchor, tracker, interface, reason, action, direction, version of
-- IP; then those of the header and, behind the addresses, those of the protocol. IPv4 and IPv6
-- have them at other places. They are the packet's, so class and tool come from the packet stages.
-- name: filterlog
-- about: pfSense and OPNsense filterlog (syslog); needs --year when the times have none
-- read: lines
-- class: packet
-- detect: filterlog.*,(in|out),[46],[^,]*,[^,]*,[^,]*,
WITH cells AS (
    SELECT
        n,
        line,
        string_split(regexp_extract(line,
            'filterlog(?:\[[0-9]+\])?:? (?:[0-9-]+ [^ ]+ (?:-|(?:\[[^\]]*\])+) )?(.*)$', 1), ',') AS c
    FROM rows
), header AS (
    SELECT
        n,
        line,
        c,
        c[9] = '4' AS v4,
        CASE WHEN c[9] = '4' THEN c[16] ELSE c[14] END AS proto,
        CASE WHEN c[9] = '4' THEN TRY_CAST(c[18] AS INTEGER)
             ELSE TRY_CAST(c[15] AS INTEGER) + 40 END AS length,
        CASE WHEN c[9] = '4' THEN c[19:] ELSE c[16:] END AS told -- from the source address on
    FROM cells
    WHERE c[9] IN ('4', '6')
)
SELECT
    n,
    syslog_yearless(line) AS ts_yearless,
    iso_utc(syslog_iso(line)) AS ts,
    iso_local(syslog_iso(line)) AS ts_local,
    told[1] AS src,
    told[2] AS dst,
    proto,
    CASE WHEN proto IN ('6', '17') OR (proto = '1' AND told[3] IN ('request', 'reply'))
         THEN nullif(told[CASE WHEN proto = '1' THEN 4 ELSE 3 END], '') END AS sport,
    CASE WHEN proto IN ('6', '17') THEN nullif(told[4], '') END AS dport,
    CASE WHEN proto = '1' THEN
        CASE WHEN told[3] = 'request' THEN 8 WHEN told[3] = 'reply' THEN 0
             WHEN told[3] LIKE 'unreach%' OR told[3] = 'needfrag' THEN 3
             WHEN told[3] = 'redirect' THEN 5 WHEN told[3] = 'timexceed' THEN 11
             WHEN told[3] = 'paramprob' THEN 12 WHEN told[3] = 'tstamp' THEN 13
             WHEN told[3] = 'tstampreply' THEN 14 END END AS icmp_type,
    c[8] = 'out' AS outgoing,
    nullif(c[12], '') AS ttl,
    CASE WHEN v4 THEN nullif(c[13], '') END AS ip_id,
    CASE WHEN v4 THEN c[15] = 'DF' END AS df,
    v4 AND c[14] NOT IN ('', '0') AS fragment,
    length AS ip_length,
    length AS bytes,
    CASE WHEN proto = '6' AND regexp_full_match(told[6], '[FSRPAUEWC.]+')
         THEN flag_bits(translate(told[6], 'W.', 'CA')) END AS tcp_flags,
    CASE WHEN proto = '6' THEN nullif(told[9], '') END AS "window",
    1 AS packets
FROM header
