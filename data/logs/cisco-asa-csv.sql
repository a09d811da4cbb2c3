-- Denied packets of a Cisco ASA (syslog message 106023 and its kin) in a table: addresses are
-- decimal numbers, there are no source ports, and for ICMP the port is type x 256 + code.
-- `occurrence` is how often the firewall saw it.
-- name: cisco-asa-csv
-- about: Cisco ASA denied packets, CSV with numeric addresses
-- read: csv
-- columns: log_number! created_on! protocol! source! destination! destination_port! occurrence
SELECT
    n,
    iso_utc(created_on) AS ts,
    iso_local(created_on) AS ts_local,
    ip4(source) AS src,
    ip4(destination) AS dst,
    protocol AS proto,
    destination_port AS dport,
    occurrence AS packets
FROM rows
