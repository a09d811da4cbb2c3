-- Argus' bidirectional flows as CSV (ra -c , and the "binetflow" files of the CTU sets), with
-- whatever columns ra's -s chose and beside its own names the short ones of ra(1). Time is
-- local; for ICMP Sport is code x 256 + type in hexadecimal and Dport the identifier. An arrow
-- "<-" means that the flow began at the destination. ARP and other traffic without
-- addresses is left out.
-- name: argus
-- about: Argus flows, CSV (binetflow)
-- read: csv
-- delimiter: , ; tab
-- columns: StartTime|stime! Dur Proto! SrcAddr|saddr! Sport! Dir! DstAddr|daddr! Dport! State!
-- columns: TotPkts|pkts TotBytes|bytes SrcBytes|sbytes SrcPkts|spkts DstPkts|dpkts
WITH flow AS (
    SELECT
        *,
        CASE lower(trim(Proto)) WHEN 'rtp' THEN 'udp' WHEN 'rtcp' THEN 'udp' WHEN 'udt' THEN 'udp'
             ELSE lower(trim(Proto)) END AS protocol,
        trim(Dir) IN ('<-', '<?') AS back,
        trim(State) AS said,
        TRY_CAST(SrcPkts AS BIGINT) AS sent,
        coalesce(TRY_CAST(DstPkts AS BIGINT),
            TRY_CAST(TotPkts AS BIGINT) - TRY_CAST(SrcPkts AS BIGINT)) AS got
    FROM rows
    WHERE lower(trim(Proto)) NOT IN ('arp', 'rarp', 'llc', 'man', 'ipx/spx', 'lldp')
), sides AS (
    SELECT
        *,
        protocol IN ('icmp', 'ipv6-icmp') AS icmp,
        if(back, Dport, Sport) AS from_port,
        if(back, Sport, Dport) AS to_port
    FROM flow
)
SELECT
    n,
    coalesce(epoch_any(StartTime), iso_utc(replace(StartTime, '/', '-'))) AS ts,
    iso_local(replace(StartTime, '/', '-')) AS ts_local,
    if(back, DstAddr, SrcAddr) AS src,
    if(back, SrcAddr, DstAddr) AS dst,
    protocol AS proto,
    CASE WHEN icmp THEN to_port ELSE from_port END AS sport,
    CASE WHEN NOT icmp THEN to_port END AS dport,
    CASE WHEN icmp THEN TRY_CAST(from_port AS INTEGER) % 256 END AS icmp_type,
    CASE WHEN icmp THEN TRY_CAST(from_port AS INTEGER) // 256 END AS icmp_code,
    CASE WHEN NOT back THEN coalesce(SrcPkts, if(trim(Dir) = '->', TotPkts, NULL)) END AS packets,
    CASE WHEN NOT back THEN SrcBytes END AS bytes,
    seconds_us(Dur) AS duration_us,
    CASE
        -- the flags of both sides, as S_RA: a refusal is no answer; nor is the one packet that
        -- answers one and ends it
        WHEN regexp_matches(said, '^[A-Z]*_[^S]*R[^S]*$') THEN false
        WHEN said = 'RST' AND sent = 1 AND got = 1 THEN false
        WHEN trim(Dir) IN ('<->', '<?>') OR got > 0 THEN true
        WHEN got IS NULL AND said IN ('ACC', 'CON', 'FIN') THEN true
        -- refused, or ended later: without counts this can't be told
        WHEN got IS NULL AND said = 'RST' THEN NULL
        ELSE false
    END AS answered,
    State AS conn_state
FROM sides
