-- nfdump -o csv (nfdump(1)), of versions 1.6 (ts, te, td, sa, da, ...) and 1.7 (firstSeen,
-- duration, srcAddr, ...). A flow has one direction: replies are flows of their own. A TCP
-- flow without a SYN began before or is a reply, so its class is other. nfdump writes a
-- summary of three lines behind the flows: those are the rows that do not fit.
-- name: nfdump
-- about: nfdump -o csv (NetFlow, IPFIX)
-- read: csv
-- columns: ts|firstseen! td|duration! sa|srcaddr! da|dstaddr! sp|srcport! dp|dstport! pr|proto!
-- columns: ipkt|packets! ibyt|bytes! flg|flags stos|tos
SELECT
    n,
    coalesce(epoch_any(ts), iso_utc(ts)) AS ts,
    iso_local(ts) AS ts_local,
    trim(sa) AS src,
    trim(da) AS dst,
    trim(pr) AS proto,
    trim(sp) AS sport,
    CASE WHEN upper(pr) NOT LIKE 'ICMP%' THEN trim(dp) END AS dport,
    CASE WHEN upper(pr) LIKE 'ICMP%' THEN
        CASE WHEN dp LIKE '%.%' THEN split_part(trim(dp), '.', 1)
             ELSE (TRY_CAST(dp AS INTEGER) // 256)::VARCHAR END END AS icmp_type,
    CASE WHEN upper(pr) LIKE 'ICMP%' THEN
        CASE WHEN dp LIKE '%.%' THEN split_part(trim(dp), '.', 2)
             ELSE (TRY_CAST(dp AS INTEGER) % 256)::VARCHAR END END AS icmp_code,
    trim(ipkt) AS packets,
    trim(ibyt) AS bytes,
    seconds_us(td) AS duration_us,
    CASE WHEN pr = 'TCP' AND flg IS NOT NULL AND NOT contains(flg, 'S') THEN 'other' END AS class,
    CASE WHEN pr = 'TCP' AND flg IS NOT NULL AND NOT contains(flg, 'S') THEN 'flow:no-syn' END
        AS rule
FROM rows
