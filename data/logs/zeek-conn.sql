-- Zeek's conn.log (docs.zeek.org, base/protocols/conn/main.zeek, Conn::Info): with its # header
-- and whatever separator and marks it names, with a line of names alone (LogAscii::tsv), or as
-- JSON lines, with "id.orig_h" or "id_orig_h". Times are seconds or milliseconds since 1970 or
-- ISO 8601 (LogAscii::json_timestamps).
-- conn_state may have been left out (a Log::Filter, a set of labelled flows): what else only this
-- log has, or its path, tells it from Zeek's others then. A line of names has no colon, JSON always has.
-- Where all of Zeek's logs go one way (json-streaming-logs, Corelight), _path tells which a row is of.
-- The originator is the source. For ICMP Zeek writes type and code where ports stand.
-- name: zeek-conn
-- about: Zeek conn.log, TSV or JSON
-- read: zeek, json, csv
-- delimiter: tab , |
-- columns: ts! id.orig_h|id_orig_h! id.orig_p|id_orig_p! id.resp_h|id_resp_h! id.resp_p|id_resp_p!
-- columns: proto! conn_state service duration orig_pkts orig_ip_bytes orig_bytes resp_pkts resp_bytes
-- columns: _path
-- detect: ^#path.conn|"(conn_state|duration|orig_bytes|resp_bytes|orig_pkts|resp_pkts|orig_ip_bytes|missed_bytes|local_orig|history)" *:|^[^:]*[^A-Za-z_](id[._]orig_h[^:]*[^A-Za-z_](conn_state|duration|orig_bytes|resp_bytes|orig_pkts|resp_pkts|orig_ip_bytes|missed_bytes|local_orig|history)|(conn_state|duration|orig_bytes|resp_bytes|orig_pkts|resp_pkts|orig_ip_bytes|missed_bytes|local_orig|history)[^A-Za-z_][^:]*id[._]orig_h)([^A-Za-z_:]|$)|^"?(conn_state|duration|orig_bytes|resp_bytes|orig_pkts|resp_pkts|orig_ip_bytes|missed_bytes|local_orig|history)[^A-Za-z_][^:]*id[._]orig_h([^A-Za-z_:]|$)
WITH conn AS (
    SELECT
        n,
        coalesce(epoch_any(ts), iso_utc(ts)) AS at_utc,
        iso_local(ts) AS at_local,
        "id.orig_h",
        "id.resp_h",
        nullif("id.orig_p", '-') AS orig_p,
        nullif("id.resp_p", '-') AS resp_p,
        lower(proto) AS proto,
        nullif(orig_pkts, '-') AS orig_pkts,
        coalesce(nullif(orig_ip_bytes, '-'), nullif(orig_bytes, '-')) AS bytes,
        duration,
        TRY_CAST(resp_pkts AS BIGINT) AS resp_pkts,
        TRY_CAST(resp_bytes AS BIGINT) AS resp_bytes,
        nullif(nullif(service, '-'), '') AS service,
        nullif(conn_state, '-') AS conn_state
    FROM rows
    WHERE coalesce(_path, 'conn') LIKE 'conn%'
)
SELECT
    n,
    at_utc AS ts,
    at_local AS ts_local,
    "id.orig_h" AS src,
    "id.resp_h" AS dst,
    CASE WHEN proto <> 'icmp' THEN orig_p END AS sport,
    CASE WHEN proto <> 'icmp' THEN resp_p END AS dport,
    proto,
    CASE WHEN proto = 'icmp' THEN orig_p END AS icmp_type,
    CASE WHEN proto = 'icmp' THEN resp_p END AS icmp_code,
    orig_pkts AS packets,
    bytes,
    seconds_us(duration) AS duration_us,
    CASE WHEN conn_state = 'REJ' THEN false -- a refusal is no answer
         WHEN resp_pkts IS NOT NULL OR resp_bytes > 0 THEN coalesce(resp_pkts, resp_bytes) > 0
         WHEN conn_state IS NOT NULL THEN conn_state NOT IN ('S0', 'RSTOS0', 'SH', 'OTH')
    END AS answered,
    service AS app,
    conn_state
FROM conn
