-- Requests in the access log of a web server: Apache's "common" and "combined" formats, with or
-- without the virtual host ahead (mod_log_config), and nginx's default, which is "combined":
--   192.0.2.1 - - [08/May/2024:00:00:52 +0200] "GET / HTTP/1.1" 404 196 "-" "curl/8.0"
--   www.example.com:80 192.0.2.1 - - [08/May/2024:00:00:52 +0200] "GET / HTTP/1.1" 200 226 "-" "-"
-- Each line is a session. The request is put together again as its payload, so that the rules for
-- payloads see it; what was no HTTP at all (\x16\x03...) comes as it was sent. The port is that of
-- the virtual host; without one the log does not say whether it was 80, 443 or another.
-- name: web-access
-- about: access log of Apache, nginx and others (common, combined)
-- read: lines
-- detect: ^([^ ]+ )?[0-9A-Fa-f.:]+ [^ ]+ .*\[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}\] "([^"\\]|\\.)*" [0-9]{3} ([0-9]+|-)
-- class: packet
WITH parts AS (
    SELECT n, regexp_extract(line,
        '^(?:([^ ]+) )?([0-9A-Fa-f.:]+) [^ ]+ (.*?) ?\[([^ \]]+ [+-][0-9]{4})\] "((?:[^"\\]|\\.)*)" [0-9]{3} (?:[0-9]+|-)(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?',
        ['host', 'src', 'user', 'stamp', 'request', 'referer', 'agent']) AS p
    FROM rows
), request AS (
    SELECT n, p, regexp_matches(p.request, '^[A-Z]+ [^ ]') AS http
    FROM parts
    WHERE p.src <> ''
)
SELECT
    n,
    time_utc(p.stamp) AS ts,
    p.src AS src,
    nullif(regexp_extract(p.host, ':([0-9]+)$', 1), '') AS dport,
    'tcp' AS proto,
    true AS answered,
    nullif(nullif(nullif(p.user, '-'), '""'), '') AS "user",
    CASE WHEN http THEN unescaped(concat(p.request, '\r\n',
             'Host: ' || nullif(regexp_replace(p.host, ':[0-9]+$', ''), '') || '\r\n',
             'Referer: ' || nullif(nullif(p.referer, '-'), '') || '\r\n',
             'User-Agent: ' || nullif(nullif(p.agent, '-'), '') || '\r\n', '\r\n'))
         WHEN p.request <> '-' THEN unescaped(p.request) END AS payload,
    -- what is no request of HTTP is left to no rule for packets: the row has no flags
    CASE WHEN NOT http THEN 'scan' END AS class,
    CASE WHEN NOT http THEN 'log:web-access' END AS rule
FROM request
