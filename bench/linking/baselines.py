# SPDX-License-Identifier: Apache-2.0
"""The simple rules that a linker must beat, on the stored visits: runs of one source without a
silence longer than its own rate explains, and what these runs look like.

  B1    the same set of ports, within 24 hours
  B2    port sets with a Jaccard index of at least 0.5 (B2a) or 0.8 (B2b), within 24 hours
  B3    the same /24 and tool, within 24 hours
  B4    the same stack, window and constant source port, within the hour
  B4r   B4's fields and the same set of ports, only if at most eight sources ever show them,
        within three days

Each rule may give a run one predecessor: the one that ended last and has no successor yet. That
is better than linking all pairs. Clusters: runs that a rule joins, overlapping ones included."""

import bisect
import collections

HOUR = 3600
NAMES = ("B1", "B2a", "B2b", "B3", "B4", "B4r")
RARE_SOURCES = 8

# Adaptive gap as in measures.decidable, but by one rate over all that was seen of a source. The
# sets are sorted, so that equal ones are equal texts.
RUNS_SQL = """
WITH seen AS (
    SELECT src, epoch_us(ts) / 1e6 AS first, (epoch_us(ts) + duration_us) / 1e6 AS last, proto,
           dport, sport, sport_min, sport_max, sessions, tool, stack, "window"
    FROM visits WHERE class <> 'backscatter' AND dport IS NOT NULL
), pace AS (
    SELECT src, greatest(1800, 6.9 * (max(last) - min(first)) / greatest(sum(sessions) - 1, 1))
        AS gap FROM seen GROUP BY src
), gaps AS (
    SELECT seen.*, gap, first - max(last) OVER (PARTITION BY seen.src ORDER BY first, last
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS silence
    FROM seen JOIN pace USING (src)
), numbered AS (
    SELECT *, sum(CASE WHEN silence > gap THEN 1 ELSE 0 END)
        OVER (PARTITION BY src ORDER BY first, last) AS run FROM gaps
)
SELECT src, run, min(first) AS first, max(last) AS last, sum(sessions) AS sessions,
       list_sort(list(DISTINCT proto * 65536 + dport))::VARCHAR AS ports,
       mode(tool) AS tool, mode(stack) AS stack, mode("window") AS win,
       CASE WHEN min(coalesce(sport_min, sport)) = max(coalesce(sport_max, sport))
            THEN min(coalesce(sport_min, sport)) END AS fixed
FROM numbered GROUP BY src, run HAVING sum(sessions) >= 3
ORDER BY first, src
"""

Run = collections.namedtuple("Run", "source first last ports tool stack window fixed")


def read_runs(rows):
    """From the rows of RUNS_SQL as dicts."""
    return [Run(r["src"], float(r["first"]), float(r["last"]),
                frozenset(int(p) for p in str(r["ports"]).strip("[]").split(",")),
                r["tool"] or None, r["stack"] or None, r["win"] or None, r["fixed"] or None)
            for r in rows]


def header(run):
    return None if run.stack is None else (run.stack, run.window, run.fixed)


def place(run):
    return None if run.tool is None else (run.source.rsplit(".", 1)[0], run.tool)


def rare_key(runs):
    """Header and ports, but only those of few sources."""
    sources = collections.defaultdict(set)
    for run in runs:
        sources[header(run), run.ports].add(run.source)

    def key(run):
        full = (header(run), run.ports)
        return full if header(run) is not None and len(sources[full]) <= RARE_SOURCES else None

    return key


def similar_sets(sets, least):
    """Set -> the sets with at least that Jaccard index, itself included."""
    having = collections.defaultdict(list)
    for one in sets:
        for port in one:
            having[port].append(one)
    similar = {}
    for one in sets:
        shared = collections.Counter(other for port in one for other in having[port])
        similar[one] = [other for other, n in shared.items()
                        if n / (len(one) + len(other) - n) >= least]
    return similar


def chain(runs, key, limit, near=None):
    """Hops and clustered pairs by one rule. `near`: key -> keys that count as the same."""
    ended = collections.defaultdict(list)  # key -> (last, number), sorted
    used, hops, pairs = set(), [], []
    for number, run in sorted(enumerate(runs), key=lambda r: r[1].last):
        if key(run) is not None:
            ended[key(run)].append((run.last, number))
    for number, run in enumerate(runs):  # in order of first
        if key(run) is None:
            continue
        best = None
        for other in (near[key(run)] if near else [key(run)]):
            at = bisect.bisect_right(ended[other], (run.first, len(runs))) - 1
            while at >= 0 and run.first - ended[other][at][0] <= limit:
                last, before = ended[other][at]
                if before not in used and runs[before].source != run.source:
                    best = max(best or (last, before), (last, before))
                    break
                at -= 1
        if best is not None:
            used.add(best[1])
            before = runs[best[1]]
            hops.append({"from": before.source, "to": run.source, "stopped": before.last,
                         "started": run.first})
            pairs.append((before.source, run.source))
    by_key = collections.defaultdict(list)
    for run in runs:
        if key(run) is not None:
            by_key[key(run)].append(run)
    for same in by_key.values():
        reach, last = same[0].last, same[0]
        for run in same[1:]:
            if run.first - reach <= limit:
                pairs.append((last.source, run.source))
            if run.last >= reach:
                reach, last = run.last, run
    return hops, pairs


def predict(runs):
    """Rule -> (hops, pairs). B4 and B4r are left out when no run has a stack, as in logs."""

    def ports(run):
        return run.ports

    sets = {run.ports for run in runs}
    result = {
        "B1": chain(runs, ports, 24 * HOUR),
        "B2a": chain(runs, ports, 24 * HOUR, similar_sets(sets, 0.5)),
        "B2b": chain(runs, ports, 24 * HOUR, similar_sets(sets, 0.8)),
        "B3": chain(runs, place, 24 * HOUR),
    }
    if any(run.stack is not None for run in runs):
        result["B4"] = chain(runs, header, HOUR)
        result["B4r"] = chain(runs, rare_key(runs), 72 * HOUR)
    return result
