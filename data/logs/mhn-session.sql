-- The "session" collection of the Modern Honey Network as mongoexport writes it: who reached
-- which honeypot on which port. `protocol` is dionaea's name of the service ("pcap": it only saw
-- the packets), for snort the protocol of IP. `snort` holds the alert, whose category is a
-- number here (classification.config, counted from 1): the class stays scan.
-- name: mhn-session
-- about: Modern Honey Network sessions, JSON (mongoexport of mnemosyne's "session")
-- read: json
-- columns: timestamp! source_ip! source_port! destination_port! honeypot! identifier! protocol!
-- columns: destination_ip snort auth_attempts
WITH session AS (
    SELECT
        *,
        coalesce(json_extract_string("timestamp", '$."$date"'), "timestamp") AS stamp,
        lower(protocol) AS name,
        json_extract_string(snort, '$.signature') AS signature
    FROM rows
)
SELECT
    n,
    iso_utc(stamp) AS ts,
    iso_local(stamp) AS ts_local,
    source_ip AS src,
    destination_ip AS dst,
    source_port AS sport,
    destination_port AS dport,
    CASE WHEN name IN ('tcp', 'udp', 'icmp') THEN name
         WHEN regexp_matches(name, '^(sip|rtp|tftp|snmp|ntp)') THEN 'udp'
         ELSE 'tcp' END AS proto,
    identifier AS sensor,
    CASE WHEN name NOT IN ('tcp', 'udp', 'icmp') THEN dionaea_app(name) END AS app,
    json_extract_string(auth_attempts, '$[0].login') AS "user",
    CASE WHEN json_array_length(auth_attempts) > 0 THEN 'credential' END AS class,
    CASE WHEN signature IS NOT NULL THEN 'alert:' || signature END AS rule
FROM session
