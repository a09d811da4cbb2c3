#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints what score.py wrote as tables in Markdown.  usage: report.py FILE.json..."""

import json
import sys


def number(value, form="{:.3f}"):
    return "-" if value is None else form.format(value)


def whole(value):
    return number(value, "{:.0f}")


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def hop_rows(results):
    for r in results:
        n = r["nightjar"]
        if n is None:
            yield [r["scenario"]] + ["-"] * 13
            continue
        yield [r["scenario"], whole(n["asked"]), whole(n["told"]), whole(n["right"]),
               whole(n["wrong"]), number(n["precision"]), number(n["recall"]), number(n["f1"]),
               whole(n["seconds_median"]), whole(n["seconds_p95"]), whole(n["packets_median"]),
               whole(n["packets_p95"]), number(n["fdr_hops"], "{:.4f}"),
               number(n["fdr"], "{:.4f}")]


def actor_rows(results):
    for r in results:
        n = r["nightjar"]
        if n is None:
            yield [r["scenario"]] + ["-"] * 10
            continue
        yield [r["scenario"], whole(n["links"]), whole(n["links_wrong"]),
               number(n["calibration_error"]), number(n["group_recall"]),
               number(n["pair_precision"]), number(n["pair_recall"]), number(n["pair_f1"]),
               number(n["cubed_precision"]), number(n["cubed_recall"]), number(n["cubed_f1"])]


def cost_rows(results):
    for r in results:
        cost, parts = r.get("cost"), r["store"]["parts"]
        if cost is None:
            continue
        link = cost["link_cpu_s"]
        share = None if link is None else link / max(0.01, cost["cpu_s"] - link)
        yield [r["scenario"], f"{r['store']['sources']:,}", f"{parts:,}",
               number(cost["wall_s"], "{:.1f}"), f"{parts / max(0.01, cost['wall_s']):,.0f}",
               number(cost["cpu_s"], "{:.1f}"), number(link, "{:.1f}"),
               number(share, "{:.0%}"), whole(cost["rss_mb"])]


def baseline_rows(results, key, form):
    names = sorted({name for r in results for name in r["baselines"]})
    for r in results:
        own = r["nightjar"]
        yield [r["scenario"], number(own and own[key], form)] + [
            number(r["baselines"].get(name, {}).get(key), form) for name in names]


def bin_rows(results):
    for r in results:
        if r["nightjar"] is None:
            continue
        yield [r["scenario"]] + [
            "-" if count == 0 else f"{count}: {mean:.2f}/{share:.2f}"
            for count, mean, share in r["nightjar"]["bins"]]


def recall_rows(results, key):
    for r in results:
        for name, (found, count) in ((r["nightjar"] or {}).get(key) or {}).items():
            if name != "":
                yield [r["scenario"], name, str(found), str(count), number(found / count)]


def main():
    results = []
    for path in sys.argv[1:]:
        with open(path) as lines:
            results.append(json.load(lines))
    if not results:
        raise SystemExit(__doc__)
    names = sorted({name for r in results for name in r["baselines"]})
    if all(r["nightjar"] is None for r in results):
        print("This nightjar has no `hops`: baselines only.\n")
    print("Hand-overs (goal: F1 at least 0.97 in a /24, 0.9 anywhere; median 20 packets;"
          " FDR at most 0.015)\n")
    table(["scenario", "asked", "told", "right", "wrong", "precision", "recall", "F1",
           "s median", "s p95", "packets median", "packets p95", "FDR hops", "FDR all"], hop_rows(results))
    print("Other links, probabilities, actors (goal: group recall at least 0.99)\n")
    table(["scenario", "links", "wrong", "calibration error", "group recall", "pair P", "pair R",
           "pair F1", "cubed P", "cubed R", "cubed F1"], actor_rows(results))
    for title, key, form in (("Hand-overs: F1", "f1", "{:.3f}"),
                             ("Hand-overs: recall", "recall", "{:.3f}"),
                             ("Hand-overs: wrong ones", "wrong", "{:.0f}"),
                             ("Groups: pairs within them that are linked", "group_recall",
                              "{:.3f}"),
                             ("Actors: pairwise precision", "pair_precision", "{:.3f}"),
                             ("Actors: B-cubed F1", "cubed_f1", "{:.3f}")):
        print(f"{title}, beside simple rules\n")
        table(["scenario", "nightjar"] + names, baseline_rows(results, key, form))
    print("Cost (goal: linking at most 30 % of the rest of ingest)\n")
    table(["scenario", "sources", "rows", "wall s", "rows/s", "CPU s", "linking CPU s",
           "share", "peak MB"], cost_rows(results))
    bins = list(bin_rows(results))
    if bins:
        print("Calibration: count: mean probability/share right, by tenths\n")
        table(["scenario"] + [f"{i / 10:.1f}" for i in range(10)], bins)
    for key, title in (("recall_by_kind", "kind of hand-over"),
                       ("recall_by_place", "where the new address is"),
                       ("recall_by_changes", "number of habits that changed with the address")):
        rows = list(recall_rows(results, key))
        if rows:
            print(f"Recall by {title}\n")
            table(["scenario", title, "found", "of", "recall"], rows)


if __name__ == "__main__":
    main()
