-- Events of the Modern Honey Network (mnemosyne) as CSV, one row per event of any honeypot:
-- amun, dionaea, glastopf, snort and others share the columns. Ports may have been through a
-- table of numbers ("4664.0"). A victim address "0" says that the honeypot did not know it.
-- A snort row is an alert: class by its category, the signature is the rule.
-- name: mhn-csv
-- about: Modern Honey Network events, CSV (amun, dionaea, glastopf, snort, ...)
-- read: csv
-- columns: timestamp! ident! channel! attackerIP! attackerPort! victimPort! victimIP!
-- columns: connectionType! connectionProtocol connectionTransport signature request_raw
WITH event AS (
    SELECT *, split_part(channel, '.', 1) AS honeypot
    FROM rows
)
SELECT
    n,
    iso_utc("timestamp") AS ts,
    iso_local("timestamp") AS ts_local,
    attackerIP AS src,
    nullif(victimIP, '0') AS dst,
    regexp_replace(attackerPort, '\.0$', '') AS sport,
    regexp_replace(victimPort, '\.0$', '') AS dport,
    CASE WHEN honeypot = 'snort' THEN connectionProtocol
         ELSE coalesce(connectionTransport, 'tcp') END AS proto,
    ident AS sensor,
    CASE WHEN honeypot = 'glastopf' THEN 'http'
         WHEN honeypot <> 'snort' THEN dionaea_app(connectionProtocol) END AS app,
    CASE WHEN honeypot <> 'snort' THEN connectionType END AS conn_state,
    coalesce(connectionType IN ('accept', 'exploit'), false) OR honeypot = 'glastopf' AS answered,
    request_raw AS payload,
    CASE WHEN honeypot = 'snort' THEN alert_class(connectionType)
         WHEN connectionType = 'exploit' THEN 'exploit' END AS class,
    CASE WHEN signature IS NOT NULL THEN 'alert:' || signature
         WHEN connectionType = 'exploit' THEN honeypot || ':exploit' END AS rule
FROM event
