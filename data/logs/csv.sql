-- Any CSV whose header names a time and a source address in one of the usual ways: firewalls,
-- flow exporters (nfdump -o csv, Argus ra -c,), honeypot exports. Times are seconds, milli-,
-- micro- or nanoseconds since 1970 (told apart by their size), ISO 8601 ("2019/04/04 16:24"
-- too), or with the month as a word: those of RFC 5322, of ctime() and of web servers. Without a zone they are in that of --tz. Columns of other names are not looked at: a
-- log that has more to say deserves a format of its own.
-- name: csv
-- about: CSV by header names (time, source, destination, ports, protocol, ...)
-- read: csv
-- delimiter: , ; tab |
-- columns: ts|timestamp|time|datetime|date_time|@timestamp|event_time|starttime|start_time|date!
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
    coalesce(epoch_any(ts), time_utc(ts)) AS ts,
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
FROM (SELECT * REPLACE (replace(replace(trim(ts), '/', '-'), ',', '.') AS ts) FROM rows)
