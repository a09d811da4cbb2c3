-- Suricata's EVE JSON (docs.suricata.io, "EVE JSON Format"). Sessions are
--   * an alert: class by its category, the signature is the rule
--   * a flow without alerts; the flow of an alert would be the same session once more
--   * what Suricata read of a connection (dns, http, tls, ssh, fileinfo, anomaly, ...), the first
--     row of each flow_id: as long as the log has shown no flow. Which kinds of events a log has
--     is a matter of suricata.yaml; where flows are written they come at the end of each
--     connection and know more. An alert that comes behind such a row is a session beside it: what
--     it says must not be lost, and the row has been counted
-- Times are when the row was written, of flows their start. What is sent back has the server as
-- src_ip (direction "to_client"; files, anomalies and alerts before Suricata 7 do not say so): the
-- source is who began, and an answer is not its payload.
-- name: suricata-eve
-- about: Suricata EVE JSON: alerts, flows without alerts, and what was read of connections
-- read: json
-- columns: timestamp! event_type! flow_id src_ip src_port dest_ip dest_port proto icmp_type
-- columns: icmp_code app_proto flow tcp alert payload payload_printable host in_iface direction
-- columns: http dns
-- detect: "event_type" *: *"[a-z0-9_]+"
WITH event AS (
    SELECT
        *,
        event_type NOT IN ('alert', 'flow') AS read_of,
        event_type <> 'flow' AND coalesce(direction = 'to_client',
            event_type IN ('fileinfo', 'anomaly')
                AND TRY_CAST(src_port AS INTEGER) < 1024
                AND TRY_CAST(dest_port AS INTEGER) >= 1024) AS turned,
        json_transform(flow, '{"start": "VARCHAR", "age": "VARCHAR", "state": "VARCHAR",
            "alerted": "VARCHAR", "pkts_toserver": "BIGINT", "pkts_toclient": "BIGINT",
            "bytes_toserver": "BIGINT"}') AS f,
        json_transform(tcp, '{"tcp_flags_tc": "VARCHAR"}') AS t,
        json_transform(alert, '{"signature": "VARCHAR", "category": "VARCHAR"}') AS a,
        json_transform(http, '{"hostname": "VARCHAR", "url": "VARCHAR",
            "http_method": "VARCHAR", "http_user_agent": "VARCHAR"}') AS h,
        json_transform(dns, '{"type": "VARCHAR"}') AS d
    FROM rows
    WHERE event_type IN ('alert', 'flow')
        OR (flow_id IS NOT NULL AND src_ip IS NOT NULL AND proto IS NOT NULL
            AND event_type NOT IN ('stats', 'engine', 'packet', 'arp'))
)
SELECT
    n,
    iso_utc(CASE WHEN event_type = 'flow' THEN coalesce(f.start, "timestamp")
                 ELSE "timestamp" END) AS ts,
    CASE WHEN turned THEN dest_ip ELSE src_ip END AS src,
    CASE WHEN turned THEN src_ip ELSE dest_ip END AS dst,
    CASE WHEN turned THEN dest_port ELSE src_port END AS sport,
    CASE WHEN turned THEN src_port ELSE dest_port END AS dport,
    proto,
    icmp_type,
    icmp_code,
    host AS sensor,
    f.pkts_toserver AS packets,
    f.bytes_toserver AS bytes,
    CASE WHEN event_type = 'flow' THEN seconds_us(f.age) END AS duration_us,
    CASE
        -- what a protocol says over TCP is said behind the handshake; over UDP the first row is
        -- the question, and whether it was answered can't be told
        WHEN event_type = 'drop' THEN false
        WHEN read_of THEN nullif(event_type NOT IN ('anomaly', 'netflow')
            AND (proto = 'TCP' OR coalesce(d.type IN ('answer', 'response'), false)), false)
        -- RST without SYN is a refusal and no answer
        ELSE coalesce(f.pkts_toclient > 0, false) AND coalesce(
            lower(right(t.tcp_flags_tc, 1)) NOT IN ('4', '5', 'c', 'd'), true)
    END AS answered,
    coalesce(nullif(app_proto, 'failed'),
        CASE WHEN read_of AND event_type NOT IN ('fileinfo', 'anomaly', 'drop', 'netflow')
             THEN event_type END) AS app,
    f.state AS conn_state,
    coalesce(if(turned, NULL, coalesce(text_base64(payload), payload_printable::BLOB)),
        CASE WHEN event_type = 'http' AND h.url IS NOT NULL
             THEN encode(concat(coalesce(h.http_method, 'GET'), ' ', h.url, ' HTTP/1.1' || chr(13)
                 || chr(10), 'Host: ' || h.hostname || chr(13) || chr(10),
                 'User-Agent: ' || h.http_user_agent || chr(13) || chr(10))) END) AS payload,
    CASE WHEN event_type = 'alert' THEN alert_class(a.category) END AS class,
    CASE WHEN event_type = 'alert' THEN 'alert:' || a.signature END AS rule,
    flow_id AS part_of,
    CASE WHEN event_type <> 'alert' THEN read_of END AS stands_in,
    coalesce(event_type = 'flow' AND f.alerted = 'true', false) AS context
FROM event
