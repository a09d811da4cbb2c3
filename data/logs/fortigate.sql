-- Traffic logs of a FortiGate ("FortiOS Log Reference"): key=value pairs, by syslog or as they are
-- downloaded; other types of logs are left out:
--   date=2024-05-08 time=00:00:52 devname="fw" type="traffic" subtype="local" eventtime=... srcip=...
-- What comes from an interface whose role is lan or dmz, or from the device itself ("unknown0"), is
-- the sensor's own. The names of countries in them are no codes and are left out.
-- name: fortigate
-- about: FortiGate traffic logs (key=value)
-- read: lines
-- detect: (^|[ >])date=[0-9-]{10} time=.* type="?traffic"? (.* )?srcip=[0-9a-fA-F.:]+ 
WITH told AS (
    SELECT
        n,
        line,
        epoch_any(field(line, 'eventtime')) AS event,
        regexp_extract(line, '(?:^|[ >])date=([0-9-]{10})', 1) || 'T' || field(line, 'time') AS stamp,
        field(line, 'proto') AS proto,
        field(line, 'service') AS service,
        TRY_CAST(field(line, 'sentpkt') AS BIGINT) AS sent,
        TRY_CAST(field(line, 'rcvdpkt') AS BIGINT) AS received
    FROM rows
    WHERE field(line, 'type') = 'traffic' AND field(line, 'srcip') IS NOT NULL
)
SELECT
    n,
    coalesce(event, iso_utc(stamp || field(line, 'tz'))) AS ts,
    iso_local(stamp) AS ts_local,
    field(line, 'srcip') AS src,
    field(line, 'dstip') AS dst,
    proto,
    CASE WHEN proto NOT IN ('1', '58') THEN field(line, 'srcport') END AS sport,
    CASE WHEN proto NOT IN ('1', '58') THEN field(line, 'dstport') END AS dport,
    CASE WHEN proto = '1' AND service = 'PING' THEN '8'
         ELSE nullif(regexp_extract(service, '^icmp6?/([0-9]+)/[0-9]+$', 1), '') END AS icmp_type,
    nullif(regexp_extract(service, '^icmp6?/[0-9]+/([0-9]+)$', 1), '') AS icmp_code,
    field(line, 'devname') AS sensor,
    coalesce(field(line, 'srcintfrole') IN ('lan', 'dmz'), false)
        OR coalesce(field(line, 'srcintf') = 'unknown0', false) AS outgoing,
    coalesce(received > 0, CASE WHEN field(line, 'action') = 'deny' THEN false END) AS answered,
    nullif(sent, 0) AS packets,
    nullif(field(line, 'sentbyte'), '0') AS bytes,
    seconds_us(field(line, 'duration')) AS duration_us
FROM told
