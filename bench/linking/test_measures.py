#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the measures on examples that can be counted by hand."""

import unittest

import baselines
import measures
from baselines import Run
from truth import Hop, Stint, Truth, one_of_each_line


def stint(source, actor, first, last, group=""):
    return Stint(source, actor, "hopper", "scan", first, last, 100, group)


def told(source, to, stopped, started):
    return {"from": source, "to": to, "stopped": stopped, "started": started}


# One actor goes a -> b -> a; another sits at c and d, at the same time; a third at e.
TRUTH = Truth(
    [stint("a", 1, 0, 100), stint("b", 1, 200, 300), stint("a", 1, 400, 500),
     stint("c", 2, 0, 500, "parallel:1"), stint("d", 2, 0, 500, "parallel:1"),
     stint("e", 3, 150, 500)],
    [Hop(1, "a", "b", 100, 200, "first", ""), Hop(1, "b", "a", 300, 400, "return", "")])


class Hops(unittest.TestCase):
    def test_hop_that_is_true_counts_once(self):
        hits, false, other = measures.match_hops(
            [told("a", "b", 100, 200), told("a", "b", 100, 201)], TRUTH)
        self.assertEqual((len(hits), len(false), len(other)), (1, 0, 1))

    def test_hop_between_two_operators_is_false(self):
        hits, false, other = measures.match_hops([told("a", "e", 100, 150)], TRUTH)
        self.assertEqual((len(hits), len(false), len(other)), (0, 1, 0))

    def test_hop_inside_a_fleet_is_neither(self):
        hits, false, other = measures.match_hops([told("c", "d", 500, 0)], TRUTH)
        self.assertEqual((len(hits), len(false), len(other)), (0, 0, 1))

    def test_line_that_moves_with_two_programs_hands_over_once(self):
        rows = [Hop(1, "a", "b", 100, 200, "nat", ""), Hop(2, "a", "b", 90, 900, "nat", ""),
                Hop(2, "b", "a", 5000, 90000, "nat", ""), Hop(1, "a", "b", 99000, 99100, "nat", "")]
        self.assertEqual([h.started for h in one_of_each_line(rows)], [200, 99100, 90000])

    def test_silence_is_decidable_when_it_is_longer_than_any_before(self):
        steady = list(range(0, 3601, 10))
        self.assertAlmostEqual(measures.decidable(3600, steady), 3600 + 1800)
        sleeper = [0, 60, 120, 50000, 50060]
        self.assertAlmostEqual(measures.decidable(50060, sleeper), 50060 + 86452, delta=60)

    def test_f1_of_nothing_asked_is_none_and_of_nothing_told_is_0(self):
        self.assertIsNone(measures.f1(0.5, None))
        self.assertEqual(measures.f1(None, 0), 0)
        self.assertAlmostEqual(measures.f1(1, 0.5), 2 / 3)

    def test_percentile_is_one_of_the_values(self):
        self.assertEqual(measures.percentile([5, 1, 3], 0.5), 3)
        self.assertEqual(measures.percentile(range(1, 101), 0.95), 95)
        self.assertIsNone(measures.percentile([], 0.5))


class Probabilities(unittest.TestCase):
    def test_calibration_error_is_the_mean_distance(self):
        rows, error = measures.calibration([(0.95, True)] * 19 + [(0.95, False)])
        self.assertEqual(rows[9][0], 20)
        self.assertAlmostEqual(error, 0)
        self.assertAlmostEqual(measures.calibration([(0.9, False)])[1], 0.9)


class Clusters(unittest.TestCase):
    TRUE = {"a": 1, "b": 1, "c": 2, "d": 2}

    def test_all_in_one_has_full_recall_and_a_third_of_the_pairs_right(self):
        scores = measures.compare_clusters(dict.fromkeys("abcd", "x"), self.TRUE)
        self.assertAlmostEqual(scores["pair_precision"], 2 / 6)
        self.assertEqual(scores["pair_recall"], 1)
        self.assertAlmostEqual(scores["cubed_precision"], 0.5)

    def test_nothing_told_is_precise_and_misses_all(self):
        scores = measures.compare_clusters({}, self.TRUE)
        self.assertIsNone(scores["pair_precision"])
        self.assertEqual(scores["pair_recall"], 0)
        self.assertEqual((scores["cubed_precision"], scores["cubed_recall"]), (1, 0.5))

    def test_group_recall_counts_pairs(self):
        groups = TRUTH.groups(12)
        self.assertEqual(groups, {"parallel:1": {"c", "d"}})
        self.assertEqual(measures.group_recall({"c": 1, "d": 1}, groups), 1)
        self.assertEqual(measures.group_recall({"c": 1, "d": 2}, groups), 0)


def run(source, first, last, ports, stack="s"):
    return Run(source, first, last, frozenset(ports), "tool", stack, "1024", None)


class Rules(unittest.TestCase):
    def test_a_run_has_one_successor_by_each_rule(self):
        runs = [run("192.0.2.1", 0, 100, [1, 2]), run("192.0.2.2", 200, 300, [1, 2]),
                run("192.0.2.3", 210, 300, [1, 2])]
        hops, pairs = baselines.predict(runs)["B1"]
        self.assertEqual([(h["from"], h["to"]) for h in hops], [("192.0.2.1", "192.0.2.2")])
        self.assertEqual(len(set(measures.clusters_of(pairs).values())), 1)

    def test_similar_sets_join_by_jaccard_only(self):
        runs = [run("192.0.2.1", 0, 100, [1, 2, 3]), run("192.0.2.2", 200, 300, [1, 2])]
        predicted = baselines.predict(runs)
        self.assertEqual(len(predicted["B1"][0]), 0)
        self.assertEqual(len(predicted["B2a"][0]), 1)  # 2 of 3
        self.assertEqual(len(predicted["B2b"][0]), 0)

    def test_logs_have_no_header_rules(self):
        self.assertNotIn("B4", baselines.predict([run("192.0.2.1", 0, 1, [1], stack=None)]))

    def test_what_many_show_is_no_rare_tuple(self):
        many = [run(f"192.0.2.{i}", i * 100, i * 100 + 50, [1]) for i in range(1, 10)]
        self.assertEqual(baselines.predict(many)["B4r"][0], [])
        self.assertEqual(len(baselines.predict(many[:8])["B4r"][0]), 7)


if __name__ == "__main__":
    unittest.main()
