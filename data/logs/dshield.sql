-- The submission format of DShield (isc.sans.edu/specs): nine cells without a header, between
-- tabulators or commas: time with zone, author, count, source, its port (or ICMP type), target,
-- its port (or ICMP code), protocol, TCP flags. "???" is a port that is not known.
-- name: dshield
-- about: DShield submissions: time, author, count, source, port, target, port, protocol, flags
-- read: lines
-- detect: ^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} ?[+-][0-9]{2}:?[0-9]{2}[,	][^,	]*[,	][0-9]*[,	][0-9a-fA-F.:]+[,	][0-9?]*[,	][0-9a-fA-F.:]*[,	][0-9?]*[,	][A-Za-z0-9]+
WITH cells AS (
    SELECT n, string_split_regex(line, '[,' || chr(9) || ']') AS c
    FROM rows
    WHERE line NOT LIKE '#%'
), named AS (
    SELECT
        *,
        lower(trim(c[8])) IN ('1', 'icmp') AS icmp,
        nullif(replace(trim(c[5]), '?', ''), '') AS from_port,
        nullif(replace(trim(c[7]), '?', ''), '') AS to_port,
        nullif(upper(replace(trim(c[9]), '.', '')), '') AS flags
    FROM cells
)
SELECT
    n,
    iso_utc(trim(c[1])) AS ts,
    iso_local(trim(c[1])) AS ts_local,
    trim(c[4]) AS src,
    nullif(trim(c[6]), '') AS dst,
    trim(c[8]) AS proto,
    CASE WHEN NOT icmp THEN from_port END AS sport,
    CASE WHEN NOT icmp THEN to_port END AS dport,
    CASE WHEN icmp THEN from_port END AS icmp_type,
    CASE WHEN icmp THEN to_port END AS icmp_code,
    CASE WHEN regexp_full_match(flags, '[FSRPAUEC]+') THEN flag_bits(flags) END AS tcp_flags,
    nullif(trim(c[3]), '') AS packets
FROM named
