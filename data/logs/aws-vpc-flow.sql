-- Flow logs of an AWS VPC with a header, as they stand in S3 (plain text), in whatever order of
-- fields ("Flow log records" in the Amazon VPC User Guide). A hyphen is a field that is not told;
-- rows without an address say that there was nothing to log. A flow has one direction. With the
-- field tcp-flags a TCP flow that has no SYN, or one with the ACK of an answer, is of class other
-- (ACK alone is not logged); with flow-direction what leaves is the sensor's own. Without these
-- fields the answers of your hosts are rows like others: name your prefixes as a sensor's.
-- name: aws-vpc-flow
-- about: AWS VPC flow logs with a header line
-- read: csv
-- delimiter: blank
-- columns: srcaddr! dstaddr! srcport dstport protocol start! end packets bytes
-- columns: tcp_flags flow_direction action
-- detect: (^| )srcaddr .*dstaddr 
WITH flow AS (
    SELECT
        n,
        nullif(srcaddr, '-') AS srcaddr,
        nullif(dstaddr, '-') AS dstaddr,
        nullif(srcport, '-') AS srcport,
        nullif(dstport, '-') AS dstport,
        nullif(protocol, '-') AS proto,
        nullif(packets, '-') AS packets,
        nullif(bytes, '-') AS bytes,
        epoch_time(start) AS begun,
        epoch_time("end") AS ended,
        action,
        flow_direction,
        TRY_CAST(tcp_flags AS INTEGER) AS flags
    FROM rows
    WHERE srcaddr NOT IN ('-', 'srcaddr') -- a header stands before each record in some exports
), told AS (
    SELECT
        *,
        CASE WHEN proto = '6' AND flags & 2 = 0 THEN 'flow:no-syn'
             WHEN proto = '6' AND flags & 18 = 18 THEN 'flow:syn-ack' END AS odd
    FROM flow
)
SELECT
    n,
    begun AS ts,
    srcaddr AS src,
    dstaddr AS dst,
    proto,
    CASE WHEN proto NOT IN ('1', '58') THEN srcport END AS sport,
    CASE WHEN proto NOT IN ('1', '58') THEN dstport END AS dport,
    packets,
    bytes,
    greatest(epoch_us(ended) - epoch_us(begun), 0) AS duration_us,
    flow_direction = 'egress' AS outgoing,
    CASE WHEN action = 'REJECT' THEN false END AS answered,
    CASE WHEN odd IS NOT NULL THEN 'other' END AS class,
    odd AS rule
FROM told
