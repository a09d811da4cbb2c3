-- Packets that the Linux kernel logs (LOG of iptables, `log` of nftables, UFW), as `journalctl -o
-- json` exports the journal: the words of format iptables stand in MESSAGE, the time is in
-- microseconds since 1970 (systemd.journal-fields(7), systemd's "Journal Export Formats"):
--   {"__REALTIME_TIMESTAMP":"1715126452120000","MESSAGE":"[UFW BLOCK] IN=eth0 OUT= ...", ...}
-- Other messages are left out. A message that is no text is exported as numbers: it is none of these.
-- name: journal
-- about: packets logged by iptables, nftables or UFW, of journalctl -o json
-- read: json
-- columns: MESSAGE! __REALTIME_TIMESTAMP! _SOURCE_REALTIME_TIMESTAMP
-- detect: "MESSAGE" *: *"[^"]*IN=[^ ]* OUT=[^ ]* .*SRC=[^ ]+ DST=
-- class: packet
WITH logged AS (
    SELECT
        n,
        coalesce(_SOURCE_REALTIME_TIMESTAMP, __REALTIME_TIMESTAMP) AS stamp,
        netfilter(MESSAGE) AS packet
    FROM rows
    WHERE MESSAGE LIKE '%IN=% OUT=%' AND MESSAGE NOT LIKE '[UFW AUDIT%'
        AND field(MESSAGE, 'SRC') IS NOT NULL
)
SELECT
    n,
    epoch_any(stamp) AS ts,
    packet.*
FROM logged
