-- Flow logs of an AWS VPC in the default order of version 2, with or without a header, as
-- CloudWatch has them ("Flow log records" in the Amazon VPC User Guide):
--   version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start
--   end action log-status
-- Rows without an address say that there was nothing to log. There are no TCP flags, so the
-- answers of your hosts are rows like others: name your prefixes as a sensor's.
-- name: aws-vpc-flow-v2
-- about: AWS VPC flow logs in the default order, without a header
-- read: lines
-- detect: ^2 [^ ]+ [^ ]+ [0-9a-fA-F.:]+ [0-9a-fA-F.:]+ [0-9]+ [0-9]+ [0-9]+ [0-9]+ [0-9]+ [0-9]{10} [0-9]{10} (ACCEPT|REJECT) 
WITH cells AS (
    SELECT n, list_transform(string_split(trim(line), ' '), x -> nullif(x, '-')) AS c
    FROM rows
    WHERE line NOT LIKE 'version %'
)
SELECT
    n,
    epoch_time(c[11]) AS ts,
    c[4] AS src,
    c[5] AS dst,
    c[8] AS proto,
    CASE WHEN c[8] NOT IN ('1', '58') THEN c[6] END AS sport,
    CASE WHEN c[8] NOT IN ('1', '58') THEN c[7] END AS dport,
    c[9] AS packets,
    c[10] AS bytes,
    greatest(epoch_us(epoch_time(c[12])) - epoch_us(epoch_time(c[11])), 0) AS duration_us,
    CASE WHEN c[13] = 'REJECT' THEN false END AS answered
FROM cells
WHERE c[4] IS NOT NULL
