# SPDX-License-Identifier: Apache-2.0
"""What nightjar-sim says is true: who sent what from which address and when, which addresses
belong together, and each hand-over. Times are seconds since 1970."""

import collections
import csv
from datetime import datetime, timezone

SAME_LINE_S = 6 * 3600  # programs behind one line go on within that after its move
SLACK = 2.0  # seconds: how exact the times of the programs that are compared need to be


def seconds(text):
    """2024-09-02T11:57:11.560275Z as seconds."""
    text = text.rstrip("Z").replace(" ", "T")
    form = "%Y-%m-%dT%H:%M:%S.%f" if "." in text else "%Y-%m-%dT%H:%M:%S"
    return datetime.strptime(text, form).replace(tzinfo=timezone.utc).timestamp()


Stint = collections.namedtuple("Stint", "source actor kind cls first last packets group")
Hop = collections.namedtuple("Hop", "actor source to stopped started kind changed")


def one_of_each_line(hops):
    """Programs behind one line that get another address with it are a row each in the table;
    what can be told of addresses is one hand-over."""
    kept = []
    for hop in sorted(hops, key=lambda h: (h.source, h.to, h.started)):
        last = kept[-1] if kept else None
        if (last and (last.source, last.to) == (hop.source, hop.to)
                and hop.started - last.started <= SAME_LINE_S):
            continue
        kept.append(hop)
    return kept


class Truth:
    def __init__(self, rows, hops):
        self.stints = rows
        self.hops = hops
        self.by_source = collections.defaultdict(list)
        for stint in rows:
            self.by_source[stint.source].append(stint)
        self.packets_of = {(s.source, s.first): s.packets for s in rows}

    @classmethod
    def read(cls, rows_path, hops_path):
        with open(rows_path, newline="") as lines:
            rows = [
                Stint(r["source"], int(r["actor"]), r["kind"], r["class"], seconds(r["first"]),
                      seconds(r["last"]), int(r["packets"]), r["group"])
                for r in csv.DictReader(lines)
            ]
        with open(hops_path, newline="") as lines:
            hops = [
                Hop(int(r["actor"]), r["from"], r["to"], seconds(r["stopped"]),
                    seconds(r["started"]), r["kind"], r["changed"])
                for r in csv.DictReader(lines)
            ]
        return cls(rows, one_of_each_line(hops))

    def actors(self, source):
        """All that ever sent from an address."""
        return {s.actor for s in self.by_source[source]}

    def actors_until(self, source, time):
        """Those whose stint there ended about then; those who were active, if none did."""
        near = {s.actor for s in self.by_source[source] if abs(s.last - time) <= SLACK}
        return near or {s.actor for s in self.by_source[source]
                        if s.first - SLACK <= time <= s.last + SLACK} or self.actors(source)

    def actors_from(self, source, time):
        """Those whose stint there began about then; those who were active, if none did."""
        near = {s.actor for s in self.by_source[source] if abs(s.first - time) <= SLACK}
        return near or {s.actor for s in self.by_source[source]
                        if s.first - SLACK <= time <= s.last + SLACK} or self.actors(source)

    def single(self):
        """Address -> actor, of scanners whose address never was anybody else's."""
        return {source: stints[0].actor for source, stints in self.by_source.items()
                if len({s.actor for s in stints}) == 1
                and any(s.cls != "backscatter" for s in stints)}

    def groups(self, least_packets):
        """Group -> addresses that sent enough, for groups of at least two such."""
        groups = collections.defaultdict(set)
        for stint in self.stints:
            if stint.group and stint.packets >= least_packets:
                groups[stint.group].add(stint.source)
        return {name: members for name, members in groups.items() if len(members) > 1}
