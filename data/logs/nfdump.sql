-- nfdump -o csv (nfdump(1)), of versions 1.6 (ts, te, td, sa, da, ...) and 1.7 (firstSeen,
-- duration, srcAddr, ...), and its csv-fast, which has the last time instead of the duration,
-- times in milliseconds and protocols as numbers. A flow has one direction: replies are flows
-- of their own. A TCP flow without a SYN began before or is a reply, so its class is other.
-- nfdump 1.6 writes a summary of three lines behind the flows: those are the rows that do not fit.
-- name: nfdump
-- about: nfdump -o csv (NetFlow, IPFIX)
-- read: csv
-- columns: ts|firstseen! te|lastseen td|duration sa|srcaddr! da|dstaddr! sp|srcport!
-- columns: dp|dstport! pr|proto! ipkt|packets|inpackets! ibyt|bytes|inbytes! flg|flags
WITH flow AS (
    SELECT
        *,
        coalesce(epoch_any(ts), iso_utc(ts)) AS at_utc,
        iso_local(ts) AS at_local,
        upper(trim(pr)) AS protocol
    FROM rows
), named AS (
    SELECT
        *,
        protocol LIKE 'ICMP%' OR protocol IN ('1', '58') AS icmp,
        protocol IN ('TCP', '6') AND regexp_full_match(flg, '[^0-9S]+') AS no_syn
    FROM flow
)
SELECT
    n,
    at_utc AS ts,
    at_local AS ts_local,
    trim(sa) AS src,
    trim(da) AS dst,
    protocol AS proto,
    trim(sp) AS sport,
    CASE WHEN NOT icmp THEN trim(dp) END AS dport,
    CASE WHEN icmp THEN
        CASE WHEN dp LIKE '%.%' THEN split_part(trim(dp), '.', 1)
             ELSE (TRY_CAST(dp AS INTEGER) // 256)::VARCHAR END END AS icmp_type,
    CASE WHEN icmp THEN
        CASE WHEN dp LIKE '%.%' THEN split_part(trim(dp), '.', 2)
             ELSE (TRY_CAST(dp AS INTEGER) % 256)::VARCHAR END END AS icmp_code,
    trim(ipkt) AS packets,
    trim(ibyt) AS bytes,
    coalesce(seconds_us(td), epoch_us(TRY_CAST(td AS INTERVAL)),
        epoch_us(coalesce(epoch_any(te), iso_utc(te))) - epoch_us(at_utc),
        epoch_us(iso_local(te)) - epoch_us(at_local)) AS duration_us,
    CASE WHEN no_syn THEN 'other' END AS class,
    CASE WHEN no_syn THEN 'flow:no-syn' END AS rule
FROM named
