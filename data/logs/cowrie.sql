-- cowrie's JSON log (docs.cowrie.org, "Event codes"), SSH and Telnet. A connection is one session
-- (class scan), each attempt to log in is one (class credential, with the user's name). Ports
-- stand in the row of the connection alone and the client's version in a row of its own:
-- later rows of the same session get them, the version as their payload.
-- name: cowrie
-- about: cowrie SSH and Telnet honeypot, JSON
-- read: json
-- columns: eventid! session! timestamp! src_ip src_port dst_ip dst_port protocol username
-- columns: sensor version system
-- detect: "eventid" *: *"cowrie\.
SELECT
    n,
    iso_utc("timestamp") AS ts,
    iso_local("timestamp") AS ts_local,
    src_ip AS src,
    dst_ip AS dst,
    src_port AS sport,
    dst_port AS dport,
    'tcp' AS proto,
    sensor,
    true AS answered,
    coalesce(protocol, CASE WHEN system ILIKE '%telnet%' THEN 'telnet'
                            WHEN system LIKE '%SSH%' THEN 'ssh' END) AS app,
    username AS "user",
    CASE WHEN eventid = 'cowrie.client.version'
         THEN trim(version, '''') END AS payload,
    session,
    eventid = 'cowrie.client.version' AS context,
    CASE WHEN eventid LIKE 'cowrie.login.%' THEN 'credential' END AS class,
    CASE WHEN eventid LIKE 'cowrie.login.%' THEN substr(eventid, 8) END AS rule
FROM rows
WHERE eventid IN ('cowrie.session.connect', 'cowrie.login.failed', 'cowrie.login.success',
                  'cowrie.client.version')
