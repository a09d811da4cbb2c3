-- Requests to a honeypot that plays an open Docker API (TCP 2375, 4243): a time to the hour
-- ("2021_05_15_04"), a tabulator, and the request as JSON with its headers and its body in
-- base64. The payload is the request put together again. What makes, starts or enters a
-- container, or brings an image, is an exploit: there is no honest reason to ask a stranger.
-- name: docker-api
-- about: Docker API honeypot, time and JSON request separated by a tabulator
-- read: lines
-- detect: ^20[0-9]{2}_[0-9]{2}_[0-9]{2}_[0-9]{2}	\{.*"method":
WITH request AS (
    SELECT
        n,
        split_part(line, chr(9), 1) AS hour,
        substr(line, length(split_part(line, chr(9), 1)) + 2) AS object
    FROM rows
), parts AS (
    SELECT
        n,
        hour,
        json_transform(CASE WHEN json_valid(object) THEN object END, '{"url": "VARCHAR",
            "method": "VARCHAR", "source": "VARCHAR", "data": "VARCHAR",
            "headers": [["VARCHAR"]]}') AS r
    FROM request
), named AS (
    SELECT
        *,
        coalesce(nullif(regexp_extract(r.url, '^[a-z]+://[^/]*(/.*)$', 1), ''), '/') AS path,
        regexp_extract(r.url, '^[a-z]+://[^/]*:([0-9]+)(/|$)', 1) AS port,
        regexp_extract(r.url, '^[a-z]+://([0-9.]+)(:|/|$)', 1) AS host,
        -- the path without version, question and names of containers
        regexp_extract(r.url, '^[a-z]+://[^/]*(?:/v[0-9.]+)?(/[^?]*)', 1) AS call
    FROM parts
), judged AS (
    SELECT
        *,
        CASE WHEN r.method NOT IN ('POST', 'PUT') THEN NULL
             WHEN regexp_matches(call, '^/containers/create$') THEN 'create'
             WHEN regexp_matches(call, '^/containers/.*/?(start|attach|exec|archive|restart)$')
                 THEN regexp_extract(call, '[a-z]+$')
             WHEN regexp_matches(call, '^/exec/.*/start$') THEN 'exec'
             WHEN regexp_matches(call, '^/(build|commit|images/(create|load)|plugins/pull)$')
                 THEN 'image'
             WHEN regexp_matches(call, '^/(swarm|services|volumes|networks)/[a-z]+$')
                 THEN regexp_extract(call, '^/([a-z]+)', 1)
             END AS act
    FROM named
)
SELECT
    n,
    try_strptime(hour, '%Y_%m_%d_%H') AS ts_local,
    r.source AS src,
    nullif(nullif(host, ''), '0.0.0.0') AS dst,
    nullif(port, '') AS dport,
    'tcp' AS proto,
    true AS answered,
    CASE WHEN act IS NOT NULL OR regexp_matches(call,
              '^/(_ping|version|info|containers|images|volumes|networks|exec|swarm)(/|$)')
         THEN 'docker' ELSE 'http' END AS app,
    (r.method || ' ' || path || ' HTTP/1.1' || chr(13) || chr(10)
        || coalesce(array_to_string(list_transform(r.headers,
               lambda h: h[1] || ': ' || h[2] || chr(13) || chr(10)), ''), '')
        || chr(13) || chr(10))::BLOB || coalesce(text_base64(r.data), ''::BLOB) AS payload,
    CASE WHEN act IS NOT NULL THEN 'exploit' END AS class,
    'docker:' || act AS rule
FROM judged
