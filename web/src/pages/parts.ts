// SPDX-License-Identifier: Apache-2.0
// Parts that several pages show: hops and links in short, notes to read and to write.
import { post, save } from "../api";
import { fill, h, say } from "../dom";
import { bits, duration, minute, probability } from "../format";
import { evidence } from "../evidence";
import type { Hop, Link, Note } from "../types";
import { empty, sourceLink, table } from "../ui";
import { link } from "../view";

export const hopLink = (hop: Hop) => link("hop", `${hop.from}>${hop.to}`, { started: hop.started });

export function hopTable(hops: Hop[]): HTMLElement {
  return table<Hop>(
    "Hops",
    [
      { name: "Began", wraps: true, cell: (hop) => h("a", { class: "mono", href: hopLink(hop), title: "The story of this hop" }, minute(hop.started)) },
      { name: "From", wraps: true, cell: (hop) => sourceLink(hop.from) },
      { name: "To", wraps: true, cell: (hop) => sourceLink(hop.to) },
      { name: "Kind", minor: true, cell: (hop) => hop.kind },
      { name: "Silence between", right: true, minor: true, cell: (hop) => (hop.gap_s < 0 ? `${duration(-hop.gap_s)} overlap` : duration(hop.gap_s)) },
      { name: "Bits", right: true, minor: true, cell: (hop) => bits(hop.bits) },
      { name: "Probability", right: true, minor: true, cell: (hop) => probability(hop.probability) },
      { name: "State", minor: true, cell: (hop) => (hop.state === "accepted" ? hop.state : h("span", { class: "quiet", title: "Likely, but not decided: nothing is concluded from it" }, hop.state)) },
    ],
    hops,
  );
}

/** Take along what is known of an address or actor: packets without what tells of the sensor, and
 * the dossier. */
export function takeAlong(subject: string): HTMLElement {
  const answer = h("span", { class: "form-answer", role: "status" });
  const button = (name: string, path: string, format: string | null, title: string) =>
    h(
      "button",
      {
        type: "button",
        title,
        onclick: () => {
          fill(answer, "Asking the store…");
          save(path, { format }).then(
            () => fill(answer),
            (error: Error) => fill(answer, `Not saved: ${error.message}`),
          );
        },
      },
      name,
    );
  const name = encodeURIComponent(subject);
  return h(
    "span",
    { class: "take" },
    button("Save sampled packets", `sample/${name}`, null, "A capture file in which nothing tells where the sensor is"),
    button("Save the dossier", `dossier/${name}`, "html", "All that is known, as one page"),
    answer,
  );
}

/** Links, each with its evidence folded away. */
export function linkList(links: Link[]): HTMLElement {
  return h(
    "div",
    {},
    links.map((each) =>
      h(
        "details",
        { class: "link" },
        h("summary", {}, h("span", { class: "mono" }, `${each.a} ↔ ${each.b}`), ` ${each.kind}, ${probability(each.probability)}, ${bits(each.bits)} bits (${each.state})`),
        h("p", {}, sourceLink(each.a), " and ", sourceLink(each.b), each.stated ? `, stated ${minute(each.stated)}` : ""),
        evidence(each),
      ),
    ),
  );
}

function noteItem(note: Note): HTMLElement {
  const at = note.at ?? (note.noted as string) ?? (note.time as string);
  return h(
    "li",
    {},
    h("p", { class: "note-text" }, String(note.text)),
    h("p", { class: "quiet" }, [at && minute(at), note.source, note.confidence && `confidence ${note.confidence}`, note.level && `level ${note.level}`].filter(Boolean).join(" · ")),
  );
}

/** Notes on an address or an actor, and a form for the next. Notes are never overwritten. */
export function notes(subject: string, list: Note[], changed: () => void): HTMLElement {
  const text = h("textarea", { id: "note-text", rows: 3, required: true, maxlength: 4000, placeholder: "What you know that the packets do not say" });
  const source = h("input", { id: "note-source", type: "text", maxlength: 200, placeholder: "ticket, feed, colleague" });
  const confidence = h("select", { id: "note-confidence" }, ["", "low", "medium", "high"].map((each) => h("option", { value: each }, each || "not said")));
  const answer = h("p", { class: "form-answer", role: "status" });
  const send = h("button", { type: "submit" }, "Write the note");
  const form = h(
    "form",
    {
      class: "note-form",
      onsubmit: (event: Event) => {
        event.preventDefault();
        send.disabled = true;
        const body: Record<string, string> = { subject, text: text.value.trim() };
        if (source.value.trim()) body.source = source.value.trim();
        if (confidence.value) body.confidence = confidence.value;
        post("note", body).then(
          () => {
            say("The note is written.");
            changed();
          },
          (error: Error) => {
            send.disabled = false;
            fill(answer, `Not written: ${error.message}`);
          },
        );
      },
    },
    h("label", { for: "note-text" }, "New note"),
    text,
    h("div", { class: "note-row" }, h("label", { for: "note-source" }, "Who says so"), source, h("label", { for: "note-confidence" }, "Confidence"), confidence, send),
    answer,
  );
  return h("div", {}, list.length > 0 ? h("ul", { class: "notes" }, list.map(noteItem)) : empty("No notes yet.", "Write the first below; it stays with its date."), form);
}
