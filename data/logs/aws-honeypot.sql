-- The AWS honeypot set of Jacobs and Rudis ("marx", 2013): one packet per row.
-- Addresses are decimal numbers; no destination address, `host` names the sensor. Rows are not
-- in the order of time, and equal rows are sessions of their own. ICMP rows have a type and no
-- ports. The variant with places ("marx-geo") has m/d/yy times without seconds, the address
-- once more as a dotted quad, and other names for the ports.
-- name: aws-honeypot
-- about: AWS honeypot CSV (marx, marx-geo): numeric addresses, host is the sensor
-- read: csv
-- columns: datetime! host! src! proto! type! spt|srcport! dpt|destport! srcip
SELECT
    n,
    coalesce(
        try_strptime(datetime, '%Y-%m-%d %H:%M:%S'),
        try_strptime(datetime, '%m/%d/%y %H:%M')
    ) AS ts_local,
    coalesce(ip4(src), srcip) AS src,
    proto,
    spt AS sport,
    dpt AS dport,
    type AS icmp_type,
    host AS sensor
FROM rows
