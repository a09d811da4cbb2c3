-- OpenCanary's JSON log (opencanary/logger.py). `utc_time` came later than `local_time`, which is in
-- UTC, too. Each event with a source is a session; those of the program itself (1000 to 1006) and
-- the version that a client of SSH sends (4001), which stands between its connection and its
-- login, are left out. An event with a user's name, or of a type that is a login, is of class
-- credential. A request is put together again as its payload, so that class and application come
-- from it.
-- name: opencanary
-- about: OpenCanary honeypot, JSON
-- read: json
-- columns: logtype! src_host! src_port dst_host dst_port! logdata! node_id! utc_time local_time!
-- class: packet
WITH event AS (
    SELECT
        *,
        TRY_CAST(logtype AS INTEGER) AS type,
        json_extract_string(logdata, '$.USERNAME') AS username,
        json_extract_string(logdata, '$.PATH') AS path,
        coalesce(json_extract_string(logdata, '$.USERAGENT'),
                 json_extract_string(logdata, '$.HEADERS."User-Agent"')) AS agent,
        json_extract_string(logdata, '$.HOSTNAME') AS host
    FROM rows
), told AS (
    SELECT
        *,
        type // 1000 AS service,
        type IN (2000, 3001, 4002, 6001, 7001, 8001, 9001, 9002, 12001)
            OR coalesce(username <> '', false) AS login,
        type IN (3000, 3001) AND path LIKE '/%' AS request,
        type IN (5001, 5002, 5003, 5004, 5005) AS portscan
    FROM event
    WHERE type NOT BETWEEN 1000 AND 1999 AND type <> 4001 AND src_host <> ''
)
SELECT
    n,
    iso_utc(coalesce(utc_time, local_time) || 'Z') AS ts,
    src_host AS src,
    CASE WHEN regexp_full_match(dst_host, '[0-9a-fA-F.:]+') THEN dst_host END AS dst,
    CASE WHEN src_port NOT LIKE '-%' THEN src_port END AS sport,
    CASE WHEN dst_port NOT LIKE '-%' THEN dst_port END AS dport,
    CASE WHEN portscan THEN coalesce(json_extract_string(logdata, '$.PROTO'), 'tcp')
         WHEN service IN (10, 11, 13, 15, 19) THEN 'udp'
         ELSE 'tcp' END AS proto,
    node_id AS sensor,
    CASE WHEN NOT portscan THEN true END AS answered,
    CASE service WHEN 2 THEN 'ftp' WHEN 3 THEN 'http' WHEN 4 THEN 'ssh' WHEN 6 THEN 'telnet'
                 WHEN 7 THEN 'http' WHEN 8 THEN 'mysql' WHEN 9 THEN 'mssql' WHEN 10 THEN 'tftp'
                 WHEN 11 THEN 'ntp' WHEN 12 THEN 'vnc' WHEN 13 THEN 'snmp' WHEN 14 THEN 'rdp'
                 WHEN 15 THEN 'sip' WHEN 16 THEN 'git' WHEN 17 THEN 'redis' WHEN 19 THEN 'llmnr'
                 ELSE CASE WHEN type = 5000 THEN 'smb' END END AS app,
    nullif(username, '') AS "user",
    CASE WHEN request THEN encode(concat(
        CASE WHEN type = 3001 THEN 'POST ' ELSE 'GET ' END, path, ' HTTP/1.1', chr(13), chr(10),
        'Host: ' || host || chr(13) || chr(10),
        'User-Agent: ' || agent || chr(13) || chr(10), chr(13), chr(10))) END AS payload,
    CASE WHEN login THEN 'credential' WHEN NOT request THEN 'scan' END AS class,
    CASE WHEN login THEN 'login' WHEN NOT request THEN 'log:opencanary' END AS rule
FROM told
