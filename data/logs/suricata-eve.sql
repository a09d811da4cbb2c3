-- Suricata's EVE JSON (docs.suricata.io, "EVE JSON Format"). Two kinds of events are sessions:
-- an alert (class by its category, the signature is the rule), and a flow without alerts. The
-- flow of an alert would be the same session once more and is left out, as are the events
-- of protocols (dns, http, ...), whose flows are there too.
-- name: suricata-eve
-- about: Suricata EVE JSON: alerts, and flows without alerts
-- read: json
-- columns: timestamp! event_type! flow_id src_ip src_port dest_ip dest_port proto icmp_type
-- columns: icmp_code app_proto flow tcp alert payload payload_printable host in_iface
-- detect: "event_type" *: *"[a-z0-9_]+"
WITH event AS (
    SELECT
        *,
        json_transform(flow, '{"start": "VARCHAR", "age": "VARCHAR", "state": "VARCHAR",
            "alerted": "VARCHAR", "pkts_toserver": "BIGINT", "pkts_toclient": "BIGINT",
            "bytes_toserver": "BIGINT"}') AS f,
        json_transform(tcp, '{"tcp_flags_tc": "VARCHAR"}') AS t,
        json_transform(alert, '{"signature": "VARCHAR", "category": "VARCHAR"}') AS a
    FROM rows
    WHERE event_type IN ('alert', 'flow')
)
SELECT
    n,
    iso_utc(CASE WHEN event_type = 'flow' THEN coalesce(f.start, "timestamp")
                 ELSE "timestamp" END) AS ts,
    src_ip AS src,
    dest_ip AS dst,
    src_port AS sport,
    dest_port AS dport,
    proto,
    icmp_type,
    icmp_code,
    host AS sensor,
    f.pkts_toserver AS packets,
    f.bytes_toserver AS bytes,
    CASE WHEN event_type = 'flow' THEN seconds_us(f.age) END AS duration_us,
    -- RST without SYN is a refusal and no answer
    coalesce(f.pkts_toclient > 0, false) AND coalesce(
        lower(right(t.tcp_flags_tc, 1)) NOT IN ('4', '5', 'c', 'd'), true) AS answered,
    nullif(app_proto, 'failed') AS app,
    f.state AS conn_state,
    coalesce(text_base64(payload), payload_printable::BLOB) AS payload,
    CASE WHEN event_type = 'alert' THEN alert_class(a.category) END AS class,
    CASE WHEN event_type = 'alert' THEN 'alert:' || a.signature END AS rule
FROM event
WHERE event_type = 'alert' OR f.alerted IS DISTINCT FROM 'true'
