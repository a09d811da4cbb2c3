-- Zeek's conn.log (docs.zeek.org, base/protocols/conn/main.zeek, Conn::Info), as TSV with its
-- # header or as JSON lines, times as seconds since 1970 or ISO 8601 ("json_timestamps").
-- The originator is the source. For ICMP Zeek writes type and code where ports stand.
-- name: zeek-conn
-- about: Zeek conn.log, TSV or JSON
-- read: zeek, json
-- columns: ts! id.orig_h! id.orig_p! id.resp_h! id.resp_p! proto! conn_state!
-- columns: service duration orig_pkts orig_ip_bytes orig_bytes resp_pkts
SELECT
    n,
    coalesce(epoch_time(ts), iso_utc(ts)) AS ts,
    iso_local(ts) AS ts_local,
    "id.orig_h" AS src,
    "id.resp_h" AS dst,
    CASE WHEN proto <> 'icmp' THEN "id.orig_p" END AS sport,
    CASE WHEN proto <> 'icmp' THEN "id.resp_p" END AS dport,
    proto,
    CASE WHEN proto = 'icmp' THEN "id.orig_p" END AS icmp_type,
    CASE WHEN proto = 'icmp' THEN "id.resp_p" END AS icmp_code,
    orig_pkts AS packets,
    coalesce(orig_ip_bytes, orig_bytes) AS bytes,
    seconds_us(duration) AS duration_us,
    coalesce(TRY_CAST(resp_pkts AS BIGINT) > 0, false) AS answered,
    service AS app,
    conn_state
FROM rows
