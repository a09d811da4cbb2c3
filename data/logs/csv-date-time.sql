-- A CSV like those of the format csv whose date and time stand in two columns.
-- name: csv-date-time
-- about: CSV by header names, date and time in two columns
-- read: csv
-- delimiter: , ; tab |
-- columns: date! time!
-- columns: src|src_ip|source_ip|srcip|srcaddr|src_addr|source_address|saddr|sa|source|remote_ip|attacker_ip|client_ip|remote_host|ip!
-- columns: dst|dst_ip|dest_ip|destination_ip|dstip|dstaddr|dst_addr|destination_address|daddr|da|destination|dest|local_ip|server_ip|target_ip|target
-- columns: sport|src_port|source_port|srcport|spt|sp|remote_port
-- columns: dport|dst_port|dest_port|destination_port|dstport|destport|dpt|dp|local_port|target_port|tport|port
-- columns: proto|protocol|ip_proto|transport|pr icmp_type icmp_code
-- columns: sensor|sensor_name|honeypot|host ttl ip_id window|tcp_window tcp_flags|flags
-- columns: packets|pkts|count|totpkts|ipkt bytes|totbytes|octets|ibyt duration|dur|td
-- columns: user|username|login app|service|application country|country_code
SELECT
    n,
    time_utc(ts) AS ts,
    time_local(ts) AS ts_local,
    src,
    dst,
    sport,
    dport,
    proto,
    icmp_type,
    icmp_code,
    sensor,
    ttl,
    ip_id,
    "window",
    coalesce(TRY_CAST(tcp_flags AS UTINYINT),
             CASE WHEN regexp_full_match(tcp_flags, '[FSRPAUEC. ]+')
                  THEN flag_bits(tcp_flags) END) AS tcp_flags,
    packets,
    bytes,
    seconds_us(duration) AS duration_us,
    "user",
    app,
    country
FROM (SELECT *, replace(trim("date"), '/', '-') || ' ' || replace(trim("time"), ',', '.') AS ts FROM rows)
