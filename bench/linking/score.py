#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scores one store against the truth of its scenario, and writes the numbers as JSON.

usage: score.py --nightjar PROGRAM --store DIR --truth FILE --hops FILE --name SCENARIO
                [--times FILE] -o FILE.json

--times is a line "ingest_wall ingest_cpu ingest_rss_kb rebuild_cpu" as bench/linking/run
measures it. A store without links (an older nightjar) gets the baselines only."""

import argparse
import collections
import csv
import json
import os
import sqlite3
import subprocess
import sys

import baselines
import measures
from truth import Truth, seconds

LEAST_PACKETS = 12  # a member of a group, or a new address, that sent less can't be judged
NOMINAL = 0.01
EVENT_HOP = 3  # of event.kind: enum event_kind of src/store/derived.h
# Kinds of hand-over that leave nothing to be recognised by: counted, but not asked for.
NOT_ASKED = ("dhcp-plain", "partial")


class Nightjar:
    def __init__(self, program, store):
        self.program, self.store = program, store

    def _start(self, arguments):
        return subprocess.Popen([self.program, *arguments, "--store", self.store],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ask(self, *arguments):
        """The JSON answer of a command; None if there is no such command."""
        with self._start([*arguments, "--format", "json"]) as process:
            out, err = process.communicate()
        if process.returncode == 2:
            return None
        if process.returncode != 0:
            raise SystemExit(f"score: nightjar {' '.join(arguments)}: {err.strip()}")
        return json.loads(out)

    def rows(self, sql):
        """The rows of a query, one by one, as dicts of text."""
        with self._start(["sql", "--format", "csv", sql]) as process:
            yield from csv.DictReader(process.stdout)
            err = process.stderr.read()
        if process.returncode != 0:
            raise SystemExit(f"score: nightjar sql: {err.strip()}")

    def declared(self):
        """(from, to) -> capture times at which a hop was accepted, from the stored events."""
        found = collections.defaultdict(list)
        path = os.path.join(self.store, "catalog.db")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as catalog:
            for at, source, other in catalog.execute(
                    "SELECT at_us, source, other FROM event WHERE kind = ? ORDER BY at_us",
                    (EVENT_HOP,)):
                found[address(source), address(other)].append(at / 1e6)
        return found


def address(blob):
    """Sixteen bytes of the catalog as IPv4 text."""
    return ".".join(str(byte) for byte in blob[-4:]) if blob else ""


def with_times(hops):
    for hop in hops:
        hop["stopped"], hop["started"] = seconds(hop["stopped"]), seconds(hop["started"])
    return hops


def seen_times(nightjar, wanted):
    """Source -> sorted times of its stored parts, for those wanted. A part of several sessions
    stands for them evenly."""
    times = collections.defaultdict(list)
    for row in nightjar.rows("SELECT src, epoch_us(ts) AS t, duration_us AS d, packets AS n "
                             "FROM visits ORDER BY ts"):
        if row["src"] not in wanted:
            continue
        first, count = int(row["t"]) / 1e6, int(row["n"] or 1)
        step = int(row["d"] or 0) / 1e6 / max(1, count - 1)
        times[row["src"]].extend(first + i * step for i in range(count))
    for values in times.values():
        values.sort()
    return times


class Judge:
    """What can be asked for: hand-overs that show enough before the capture ends."""

    def __init__(self, truth, times, end, background):
        self.truth, self.end = truth, end
        self.moment = {}
        for hop in truth.hops:
            began = max((s.first for s in truth.by_source[hop.source]
                         if s.actor == hop.actor and s.last <= hop.stopped + 1), default=0)
            own = [t for t in times[hop.source] if began <= t]
            self.moment[hop] = max(hop.started, measures.decidable(hop.stopped, own))
        self.times = times
        self.asked = [h for h in truth.hops if h.kind not in NOT_ASKED and self._enough(h)]
        self.story = [h for h in self.asked if not (background and h.kind == "dhcp")]

    def _enough(self, hop):
        return (self.moment[hop] < self.end and
                measures.count_between(self.times[hop.to], hop.started - 1, self.end)
                >= LEAST_PACKETS)

    def hops(self, told):
        """Precision counts all that was told, recall what the scenario is about."""
        hits, false, other = measures.match_hops(told, self.truth)
        found = {hop for _, hop in hits}
        precision = measures.ratio(len(hits), len(hits) + len(false))
        recall = measures.ratio(len(found & set(self.story)), len(self.story))
        return {
            "told": len(told), "right": len(hits), "wrong": len(false), "other": len(other),
            "asked": len(self.story), "precision": precision, "recall": recall,
            "f1": measures.f1(precision, recall),
        }, hits

    def recall_by(self, hits, name):
        found = {hop for _, hop in hits}
        all_of, found_of = collections.Counter(), collections.Counter()
        asked = set(self.asked)
        for hop in self.truth.hops:
            if hop in asked or hop.kind in NOT_ASKED:
                all_of[name(hop)] += 1
                found_of[name(hop)] += hop in found
        return {key: [found_of[key], count] for key, count in sorted(all_of.items())}

    def delays(self, hits, declared):
        """Seconds and packets from the moment a hop could be told to when it was."""
        waits, packets, asked = [], [], set(self.story)
        for told, hop in hits:
            if hop not in asked:
                continue
            at = [t for t in declared[told["from"], told["to"]] if t >= hop.started - 1]
            if not at:
                continue
            waits.append(max(0.0, at[0] - self.moment[hop]))
            packets.append(measures.count_between(self.times[hop.to], self.moment[hop], at[0]))
        return {
            "timed": len(waits),
            "seconds_median": measures.percentile(waits, 0.5),
            "seconds_p95": measures.percentile(waits, 0.95),
            "packets_median": measures.percentile(packets, 0.5),
            "packets_p95": measures.percentile(packets, 0.95),
        }


def hop_changes(hop):
    """How many habits an operator changed with the address."""
    return "" if hop.kind == "dhcp" else str(len(hop.changed.split(";")) if hop.changed else 0)


def hop_place(hop):
    """Whether the new address is beside the old one; lines that got another one apart."""
    near = hop.source.rsplit(".", 1)[0] == hop.to.rsplit(".", 1)[0]
    return ("same /24" if near else "elsewhere") + (", dhcp" if "dhcp" in hop.kind else "")


def score_links(nightjar, truth, judge):
    accepted = nightjar.ask("hops", "-n", "0")
    if accepted is None:
        return None
    every = [hop for hop in with_times(nightjar.ask("hops", "--all", "-n", "0"))
             if hop.get("state") != "withdrawn"]
    links, actors = nightjar.ask("links", "-n", "0"), nightjar.ask("actors", "-n", "0")
    accepted = with_times(accepted)
    result, hits = judge.hops(accepted)
    result.update(judge.delays(hits, nightjar.declared()))
    result["recall_by_kind"] = judge.recall_by(hits, lambda hop: hop.kind)
    result["recall_by_place"] = judge.recall_by(hits, hop_place)
    result["recall_by_changes"] = judge.recall_by(hits, hop_changes)

    others = [link for link in links if link["kind"] not in ("succession", "hop")]
    wrong = [link for link in others if not truth.actors(link["a"]) & truth.actors(link["b"])]
    result["links"], result["links_wrong"] = len(others), len(wrong)
    result["fdr_hops"] = measures.ratio(result["wrong"], len(accepted))
    result["fdr"] = measures.ratio(result["wrong"] + len(wrong), len(accepted) + len(others))

    right = {id(hop) for hop, _ in measures.match_hops(every, truth)[0]}
    right |= {id(hop) for hop in measures.match_hops(every, truth)[2]}
    judged = [(hop["probability"], id(hop) in right) for hop in every]
    judged += [(link["probability"], bool(truth.actors(link["a"]) & truth.actors(link["b"])))
               for link in others]
    result["bins"], result["calibration_error"] = measures.calibration(judged)

    told = {source: actor["actor"] for actor in actors for source in actor["sources"]}
    result.update(measures.compare_clusters(told, truth.single()))
    result["group_recall"] = measures.group_recall(told, truth.groups(LEAST_PACKETS))
    result["actors"] = len(actors)
    return result


def score_baselines(nightjar, truth, judge):
    runs = baselines.read_runs(nightjar.rows(baselines.RUNS_SQL))
    results = {}
    for name, (hops, pairs) in baselines.predict(runs).items():
        results[name], _ = judge.hops(hops)
        told = measures.clusters_of(pairs)
        results[name].update(measures.compare_clusters(told, truth.single()))
        results[name]["group_recall"] = measures.group_recall(told, truth.groups(LEAST_PACKETS))
    return results


def read_times(path):
    with open(path) as lines:
        wall, cpu, rss, rebuild = (float(word) for word in lines.read().split())
    return {"wall_s": wall, "cpu_s": cpu, "rss_mb": rss / 1024,
            "link_cpu_s": rebuild if rebuild >= 0 else None}


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    for name in ("nightjar", "store", "truth", "hops", "name", "times"):
        parser.add_argument("--" + name, required=name != "times")
    parser.add_argument("-o", dest="out", required=True)
    options = parser.parse_args()

    nightjar = Nightjar(options.nightjar, options.store)
    truth = Truth.read(options.truth, options.hops)
    times = seen_times(nightjar, {s for hop in truth.hops for s in (hop.source, hop.to)})
    end = max(stint.last for stint in truth.stints)
    background = options.name not in ("s4-shards", "s6-churn")
    judge = Judge(truth, times, end, background)
    (totals,) = nightjar.rows("SELECT count(*) AS parts, sum(sessions) AS sessions, "
                              "count(DISTINCT src) AS sources FROM visits")
    result = {"scenario": options.name, "nominal": NOMINAL, "true_hops": len(truth.hops),
              "store": {key: int(value) for key, value in totals.items()},
              "nightjar": score_links(nightjar, truth, judge),
              "baselines": score_baselines(nightjar, truth, judge)}
    if options.times:
        result["cost"] = read_times(options.times)
    with open(options.out, "w") as out:
        json.dump(result, out, indent=1)


if __name__ == "__main__":
    sys.exit(main())
