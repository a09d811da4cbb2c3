// SPDX-License-Identifier: Apache-2.0
// Sensors, and how the store is: inputs, segments, and what went wrong with them.
import { get, rows } from "../api";
import { fill, h } from "../dom";
import { count, minute, percent } from "../format";
import type { Capture, Sensor, TopRow } from "../types";
import { capital, command, empty, later, section, table } from "../ui";
import type { Page } from "./page";

interface Status {
  store: string;
  inputs: { name: string; sensor: string; format: string; packets: number; sessions: number; truncated: number; malformed: number; unsupported: number; refused: number; first: string; last: string; complete: boolean; note: string }[];
  segments: { kind: string; segments: number; rows: number; bytes: number; days: number; first_day: string; last_day: string }[];
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

export const healthPage: Page = {
  title: () => "Sensors and health",
  show(place, { signal }) {
    const sensors = Promise.all([rows<Sensor>("sensors", {}, signal), rows<TopRow>("top/sensors", { all: true }, signal)]);
    fill(
      place,
      h(
        "div",
        { class: "page" },
        h("div", { class: "page-head" }, h("h1", {}, "Sensors and health")),
        later(get<Capture>("capture", {}, signal), (capture) =>
          section(
            "Capture",
            capture.problem === null ? null : h("p", { class: "empty wrong", role: "alert" }, capital(capture.problem), "."),
            capture.captures
              ? table("Interfaces", [
                  { name: "Interface", cell: (row) => row.interface },
                  { name: "State", cell: (row) => (row.up ? "read" : "gone: waiting for it") },
                  { name: "Packets", right: true, cell: (row) => count(row.packets) },
                  { name: "Kernel dropped", right: true, cell: (row) => count(row.kernel_dropped) },
                  { name: "Interface dropped", right: true, minor: true, cell: (row) => count(row.interface_dropped) },
                ], capture.interfaces)
              : empty("This service captures nothing.", command("nightjar serve --capture IFACE")),
            capture.captures
              ? h(
                  "p",
                  { class: "quiet" },
                  `${megabytes(capture.journal_bytes)} wait in the journal, ${count(capture.dropped)} packets were dropped for want of room there; last commit ${capture.last_commit === null ? "not yet" : minute(capture.last_commit)}.`,
                )
              : null,
            capture.sandboxed ? null : h("p", { class: "quiet" }, "System calls are not filtered: this kernel has no seccomp, or does not let the service."),
          ),
        ),
        section(
          "Sensors",
          later(sensors, ([configured, counted]) => {
            const names = [...new Set([...counted.rows.map((row) => String(row.sensor)), ...configured.rows.map((row) => row.sensor)])];
            const of = (name: string) => ({ name, known: configured.rows.find((row) => row.sensor === name), seen: counted.rows.find((row) => row.sensor === name) });
            return table("Sensors", [
              { name: "Sensor", cell: (row) => row.name },
              { name: "Sessions", right: true, cell: (row) => count(row.seen?.sessions ?? 0) },
              { name: "Sources", right: true, cell: (row) => count(row.seen?.sources ?? 0) },
              { name: "Share", right: true, cell: (row) => percent(row.seen?.share ?? 0) },
              { name: "Prefixes", right: true, minor: true, cell: (row) => (row.known ? row.known.prefixes || "any" : "not configured") },
              { name: "Place", minor: true, cell: (row) => (row.known?.lat !== null && row.known?.lat !== undefined ? `${row.known.lat.toFixed(2)}, ${row.known.lon?.toFixed(2)}` : "none set: place = LAT, LON") },
            ], names.map(of));
          }),
        ),
        later(get<Status>("status", {}, signal), (status) => [
          section(
            "Inputs",
            status.inputs.length === 0
              ? empty("Nothing was taken in yet.", command("nightjar ingest FILE"))
              : table("Inputs", [
                  { name: "Input", cell: (row) => h("span", { class: "break" }, row.name) },
                  { name: "Format", cell: (row) => row.format },
                  { name: "Packets", right: true, minor: true, cell: (row) => count(row.packets) },
                  { name: "Sessions", right: true, cell: (row) => count(row.sessions) },
                  { name: "Truncated", right: true, minor: true, cell: (row) => count(row.truncated) },
                  { name: "Malformed", right: true, minor: true, cell: (row) => count(row.malformed) },
                  { name: "Unsupported", right: true, minor: true, cell: (row) => count(row.unsupported) },
                  { name: "Last", minor: true, cell: (row) => minute(row.last) },
                  { name: "Complete", cell: (row) => (row.complete ? "yes" : "no") },
                ], status.inputs),
          ),
          section(
            "Store",
            h("p", { class: "quiet break" }, status.store),
            table("Segments", [
              { name: "Kind", cell: (row) => row.kind },
              { name: "Rows", right: true, cell: (row) => count(row.rows) },
              { name: "Files", right: true, cell: (row) => count(row.segments) },
              { name: "Size", right: true, cell: (row) => megabytes(row.bytes) },
              { name: "Days", right: true, minor: true, cell: (row) => count(row.days) },
              { name: "From", minor: true, cell: (row) => row.first_day },
              { name: "To", minor: true, cell: (row) => row.last_day },
            ], status.segments),
            h("p", { class: "quiet" }, "Counters for monitoring: ", h("a", { href: "./metrics" }, "/metrics"), ". Every file is checked by ", command("nightjar verify"), "."),
          ),
        ]),
      ),
    );
  },
};
