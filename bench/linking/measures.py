# SPDX-License-Identifier: Apache-2.0
"""Precision, recall and the rest, from plain lists. No files, no programs."""

import bisect
import collections
import math

SAME_HOP_S = 6 * 3600  # a hop that is told is the true one if it starts that close to it
QUIET_S = 1800  # no silence is decided sooner
RARE = 1e-3  # how improbable a silence must be


def ratio(a, b):
    return a / b if b else None


def f1(precision, recall):
    """None when nothing was asked for; 0 when nothing was told."""
    if recall is None:
        return None
    if precision is None or precision + recall == 0:
        return 0.0
    return 2 * precision * recall / (precision + recall)


def percentile(values, share):
    """By nearest rank; None of nothing."""
    values = sorted(values)
    return values[max(0, math.ceil(share * len(values)) - 1)] if values else None


# ---- hand-overs --------------------------------------------------------------------------------


def match_hops(told, truth):
    """Pair what was told with what is true.

    `told`: dicts with from, to, stopped, started (seconds). Returns (hits, false, other): hits
    as (told, true hop), each true one at most once; false: the two sides are different actors;
    other: one actor, but no hand-over of the table, such as two members of a fleet, or over an
    address that was hardly seen. The last are neither right nor wrong."""
    waiting = collections.defaultdict(list)
    for hop in truth.hops:
        waiting[hop.source, hop.to].append(hop)
    hits, false, other = [], [], []
    for hop in told:
        near = [t for t in waiting[hop["from"], hop["to"]]
                if abs(t.started - hop["started"]) <= SAME_HOP_S]
        if near:
            best = min(near, key=lambda t: abs(t.started - hop["started"]))
            waiting[hop["from"], hop["to"]].remove(best)
            hits.append((hop, best))
        elif (truth.actors_until(hop["from"], hop["stopped"])
              & truth.actors_from(hop["to"], hop["started"])):
            other.append(hop)
        else:
            false.append(hop)
    return hits, false, other


def decidable(stopped, times):
    """When the silence of a source is decidable: it is longer than half an hour, than every
    silence that the source has shown before, and improbable at its own rate (1 in 1000).

    `times`: when it was seen in this stint, sorted."""
    times = [t for t in times if t <= stopped + 1]
    if len(times) < 2 or times[-1] <= times[0]:
        return stopped + QUIET_S
    rate = (len(times) - 1) / (times[-1] - times[0])
    longest = max(b - a for a, b in zip(times, times[1:]))
    return stopped + max(QUIET_S, longest, math.log(1 / RARE) / rate)


def count_between(times, low, high):
    """How many of sorted times are in (low, high]."""
    return max(0, bisect.bisect_right(times, high) - bisect.bisect_right(times, low))


# ---- probabilities -----------------------------------------------------------------------------


def calibration(judged):
    """`judged`: (probability, right). Returns ten bins (count, mean probability, share right)
    and the expected calibration error."""
    bins = [[] for _ in range(10)]
    for probability, right in judged:
        bins[min(9, int(probability * 10))].append((probability, right))
    rows, error = [], 0.0
    for part in bins:
        if not part:
            rows.append((0, None, None))
            continue
        mean = sum(p for p, _ in part) / len(part)
        share = sum(1 for _, right in part if right) / len(part)
        rows.append((len(part), mean, share))
        error += len(part) / len(judged) * abs(mean - share)
    return rows, (error if judged else None)


# ---- clusters ----------------------------------------------------------------------------------


def clusters_of(pairs):
    """Connected components: address -> number of its cluster."""
    parent = {}

    def root(x):
        parent.setdefault(x, x)
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for a, b in pairs:
        parent[root(a)] = root(b)
    return {x: root(x) for x in list(parent)}


def compare_clusters(told, true):
    """Pairwise and B-cubed precision and recall. `true`: address -> actor; `told`: address ->
    cluster, an address that is missing stands alone. Precision of nothing told is None."""
    told_size, true_size = collections.Counter(), collections.Counter()
    both = collections.Counter()
    for address, actor in true.items():
        cluster = told.get(address, ("alone", address))
        told_size[cluster] += 1
        true_size[actor] += 1
        both[cluster, actor] += 1

    def pairs(counter):
        return sum(n * (n - 1) // 2 for n in counter.values())

    precision, recall = ratio(pairs(both), pairs(told_size)), ratio(pairs(both), pairs(true_size))
    total = len(true)
    cubed_p = ratio(sum(n * n / told_size[c] for (c, _), n in both.items()), total)
    cubed_r = ratio(sum(n * n / true_size[a] for (_, a), n in both.items()), total)
    return {
        "pair_precision": precision, "pair_recall": recall, "pair_f1": f1(precision, recall),
        "cubed_precision": cubed_p, "cubed_recall": cubed_r, "cubed_f1": f1(cubed_p, cubed_r),
    }


def group_recall(told, groups):
    """Share of the pairs within groups that stand in one cluster."""
    linked = total = 0
    for members in groups.values():
        sizes = collections.Counter(told[m] for m in members if m in told)
        linked += sum(n * (n - 1) // 2 for n in sizes.values())
        total += len(members) * (len(members) - 1) // 2
    return ratio(linked, total)
