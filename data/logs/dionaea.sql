-- dionaea's JSON log (its handler log_json): an object for each connection, with what was tried to
-- log in. Times are in UTC. A connection with credentials is of class credential, with the first
-- user's name; one that the honeypot made itself is its own.
-- name: dionaea
-- about: dionaea honeypot, JSON (log_json)
-- read: json
-- columns: connection! timestamp! src_ip! src_port! dst_port! dst_ip credentials
WITH event AS (
    SELECT
        *,
        json_extract_string(connection, '$.type') AS kind,
        lower(json_extract_string(connection, '$.transport')) AS transport,
        json_array_length(credentials) > 0 AS login
    FROM rows
)
SELECT
    n,
    coalesce(iso_utc("timestamp"), iso_utc("timestamp" || 'Z')) AS ts,
    src_ip AS src,
    dst_ip AS dst,
    src_port AS sport,
    dst_port AS dport,
    CASE WHEN transport = 'udp' THEN 'udp' ELSE 'tcp' END AS proto,
    kind = 'connect' AS outgoing,
    coalesce(kind = 'accept', false) AS answered,
    dionaea_app(json_extract_string(connection, '$.protocol')) AS app,
    json_extract_string(credentials, '$[0].username') AS "user",
    kind AS conn_state,
    CASE WHEN login THEN 'credential' END AS class,
    CASE WHEN login THEN 'login' END AS rule
FROM event
WHERE coalesce(kind, '') <> 'listen'
