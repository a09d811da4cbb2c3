-- Heralding's log_auth.csv and log_session.csv. A connection (of log_session.csv) is a session of
-- class scan, each attempt to log in (of log_auth.csv) one of class credential, with the user's
-- name. Times are in UTC; `protocol` is the service.
-- name: heralding
-- about: Heralding honeypot, log_auth.csv and log_session.csv
-- read: csv
-- columns: timestamp! session_id! source_ip! source_port! destination_port! protocol!
-- columns: destination_ip auth_id username
SELECT
    n,
    iso_utc("timestamp" || 'Z') AS ts,
    source_ip AS src,
    destination_ip AS dst,
    source_port AS sport,
    destination_port AS dport,
    'tcp' AS proto,
    true AS answered,
    lower(protocol) AS app,
    username AS "user",
    CASE WHEN auth_id IS NOT NULL THEN 'credential' END AS class,
    CASE WHEN auth_id IS NOT NULL THEN 'login' END AS rule
FROM rows
