-- The hpfeeds events of the Modern Honey Network as mongoexport writes them: an object a line,
-- the honeypot's own report as JSON in the text `payload`, times as {"$date": ...}. Each
-- honeypot has names of its own for the same things (mnemosyne, normalizer/modules).
-- name: mhn-json
-- about: Modern Honey Network hpfeeds events, JSON (amun, dionaea, glastopf, kippo, snort, ...)
-- read: json
-- columns: channel! ident! payload! timestamp!
WITH event AS (
    SELECT
        n,
        ident,
        split_part(channel, '.', 1) AS honeypot,
        coalesce(json_extract_string("timestamp", '$."$date"'), "timestamp") AS stamp,
        json_transform(CASE WHEN json_valid(payload) THEN payload END, '{
            "attackerIP": "VARCHAR", "remote_host": "VARCHAR", "peerIP": "VARCHAR",
            "source_ip": "VARCHAR", "src_ip": "VARCHAR", "saddr": "VARCHAR",
            "client_ip": "VARCHAR", "source": "VARCHAR", "remote": "VARCHAR",
            "attackerPort": "VARCHAR", "remote_port": "VARCHAR", "peerPort": "VARCHAR",
            "source_port": "VARCHAR", "src_port": "VARCHAR", "sport": "VARCHAR",
            "client_port": "VARCHAR",
            "victimIP": "VARCHAR", "local_host": "VARCHAR", "hostIP": "VARCHAR",
            "destination_ip": "VARCHAR", "dst_ip": "VARCHAR", "daddr": "VARCHAR",
            "server_ip": "VARCHAR",
            "victimPort": "VARCHAR", "local_port": "VARCHAR", "hostPort": "VARCHAR",
            "destination_port": "VARCHAR", "dst_port": "VARCHAR", "dport": "VARCHAR",
            "server_port": "VARCHAR",
            "connectionType": "VARCHAR", "connection_type": "VARCHAR",
            "connection_protocol": "VARCHAR", "connection_transport": "VARCHAR",
            "proto": "VARCHAR", "protocol": "VARCHAR", "data_type": "VARCHAR",
            "classification": "VARCHAR", "signature": "VARCHAR",
            "request_raw": "VARCHAR", "version": "VARCHAR", "credentials": "VARCHAR"}') AS p
    FROM rows
    WHERE channel LIKE '%.%'
), named AS (
    SELECT
        *,
        -- ["192.0.2.1", 4000]
        coalesce(json_extract_string(p.source, '$[0]'), json_extract_string(p.remote, '$[0]'))
            AS pair_address,
        coalesce(json_extract_string(p.source, '$[1]'), json_extract_string(p.remote, '$[1]'))
            AS pair_port,
        coalesce(p."connectionType", p.connection_type) AS kind
    FROM event
)
SELECT
    n,
    iso_utc(stamp) AS ts,
    iso_local(stamp) AS ts_local,
    coalesce(p."attackerIP", p.remote_host, p."peerIP", p.source_ip, p.src_ip, p.saddr,
             p.client_ip, pair_address, p.source, p.remote) AS src,
    nullif(nullif(coalesce(p."victimIP", p.local_host, p."hostIP", p.destination_ip, p.dst_ip,
                           p.daddr, p.server_ip), '0'), '') AS dst,
    coalesce(p."attackerPort", p.remote_port, p."peerPort", p.source_port, p.src_port, p.sport,
             p.client_port, pair_port) AS sport,
    coalesce(p."victimPort", p.local_port, p."hostPort", p.destination_port, p.dst_port,
             p.dport, p.server_port, CASE WHEN honeypot = 'glastopf' THEN '80' END) AS dport,
    CASE WHEN honeypot = 'snort' THEN p.proto
         ELSE coalesce(p.connection_transport, 'tcp') END AS proto,
    ident AS sensor,
    CASE WHEN honeypot = 'glastopf' THEN 'http'
         WHEN honeypot IN ('kippo', 'cowrie') THEN 'ssh'
         WHEN honeypot = 'conpot' THEN p.data_type
         ELSE dionaea_app(p.connection_protocol) END AS app,
    CASE WHEN honeypot <> 'snort' THEN kind END AS conn_state,
    coalesce(kind IN ('accept', 'exploit'), false)
        OR honeypot IN ('glastopf', 'kippo', 'cowrie') AS answered,
    json_extract_string(p.credentials, '$[0][0]') AS "user",
    coalesce(p.request_raw, CASE WHEN honeypot IN ('kippo', 'cowrie') THEN p.version END)
        AS payload,
    CASE WHEN honeypot = 'snort' THEN alert_class(p.classification)
         WHEN kind = 'exploit' THEN 'exploit'
         WHEN json_array_length(p.credentials) > 0 THEN 'credential' END AS class,
    CASE WHEN p.signature IS NOT NULL THEN 'alert:' || p.signature
         WHEN kind = 'exploit' THEN honeypot || ':exploit' END AS rule
FROM named
