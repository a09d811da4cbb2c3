// SPDX-License-Identifier: Apache-2.0
// The map: scene, lists, time bar and player put together. Its address holds the place in time, the
// speed, the filter and what is open beside it.
import { get, Refusal, rows } from "../api";
import { portName } from "../category";
import { fill, h, say } from "../dom";
import { filterInput } from "../filter";
import { count, country, iso, minute, parse, short } from "../format";
import { Controls } from "../map/controls";
import { Lists } from "../map/lists";
import { Player, type Listener } from "../map/player";
import { Scene, type Found } from "../map/scene";
import { Tally } from "../map/tally";
import { TimeBar } from "../map/timebar";
import { openHop, openSource } from "../panel";
import type { Capture, Happening, Hop, Lost, Sensor, Source, Span, VisitBatch } from "../types";
import { command, empty, fault, isEmptyStore } from "../ui";
import { link, note } from "../view";
import type { Asked, Page } from "./page";

const LISTS_MS = 1000;
const BATCH_MS = 60;
const CAPTURE_LOOK_MS = 10000;
const GROWN_LOOK_MS = 60000; /* what is captured is in the store within a minute */
const TOLD_MS = 30000; /* how long it is said what was passed over; the counter keeps it */

/* Episodes begin and end by the hundred, and levels between the low ones change as often. */
function worthTelling(what: Happening): boolean {
  if (what.event === "level") return /to (HIGH|EXTREME)/.test(what.text);
  return !["started", "ceased", "resumed"].includes(what.event);
}

class MapView implements Listener {
  private readonly place: HTMLElement;
  private readonly tally = new Tally();
  private readonly player = new Player(this);
  private readonly controls = new Controls(this.player);
  private readonly lists = new Lists((address) => openSource(address));
  private readonly bar = new TimeBar((at_ms) => this.seek(at_ms));
  private readonly counters = h("dl", { class: "counters" });
  private readonly warning = h("p", { class: "map-warning", role: "alert", hidden: true });
  private readonly hint = h("p", { class: "map-hint", hidden: true });
  private readonly quiet = h("span");
  private readonly tip = h("div", { class: "map-tip", hidden: true });
  private readonly stage: HTMLElement;
  private readonly scene: Scene;
  private hops: Hop[] = [];
  private since = "";
  private timer = 0;
  private quiet_s = 0;
  private noted_ms = 0;
  private told = 0;
  private looked_ms = -Infinity;
  private captureFault = "";
  private grown_ms = performance.now();

  constructor(place: HTMLElement, private readonly asked: Asked) {
    this.place = place;
    this.scene = new Scene(() => this.insets(), (hop) => openHop(hop));
    this.stage = h("div", { class: "stage" }, this.scene.element, this.tip, this.hint, this.warning);
    this.player.filter = asked.view.params.get("filter") ?? "";
    const filter = this.filterForm();
    fill(
      place,
      h(
        "div",
        { class: "map-page" },
        h("h1", { class: "unseen" }, "Live map"),
        this.stage,
        this.counters,
        this.lists.left,
        this.lists.right,
        h("div", { class: "deck" }, h("div", { class: "deck-row" }, this.controls.element, filter, this.controls.legend), this.bar.element),
      ),
    );
    this.scene.element.addEventListener("pointermove", (event) => this.point(event));
    this.scene.element.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.scene.element.addEventListener("click", (event) => this.click(event));
    document.addEventListener("keydown", this.key);
  }

  async start(): Promise<void> {
    const { signal, view } = this.asked;
    try {
      await this.scene.start();
      const [span, sensors] = await Promise.all([get<Span>("span", {}, signal), rows<Sensor>("sensors", {}, signal)]);
      for (const sensor of sensors.rows)
        if (sensor.lat !== null || sensors.rows.length === 1) this.scene.places.sensor(sensor.sensor, sensor.lat, sensor.lon, sensor.lat === null);
      if (!span.first || !span.last) throw new Refusal(503, "no store");
      const first = parse(span.first);
      const last = parse(span.last);
      this.bar.span(first, last);
      const at = parse(view.params.get("at"));
      const speed = Number(view.params.get("speed"));
      if (speed > 0) this.player.speed = Math.min(100000, speed);
      this.player.at_ms = Number.isFinite(at) ? Math.max(first, Math.min(last, at)) : first;
      fill(
        this.hint,
        this.quiet,
        ` The store holds ${minute(first)} to ${minute(last)}: drag the time bar, or `,
        h("button", { type: "button", onclick: () => this.seek(first) }, "replay from the start"),
      );
      this.hops = (await rows<Hop>("hops", { limit: 1000 }, signal)).rows;
      this.bar.marks(this.hops);
    } catch (error) {
      if (signal.aborted) return;
      if (isEmptyStore(error)) {
        this.nothing();
      } else {
        fill(this.warning, fault(error));
        this.warning.hidden = false;
      }
    }
    if (signal.aborted) return;
    this.timer = window.setInterval(() => this.tick(), LISTS_MS);
    this.begin();
  }

  destroy(): void {
    this.player.stop();
    this.scene.destroy();
    this.bar.destroy();
    this.lists.destroy();
    window.clearInterval(this.timer);
    window.clearTimeout(this.told);
    document.removeEventListener("keydown", this.key);
  }

  /* An address with a time replays, one without is live. */
  private begin(): void {
    const params = this.asked.view.params;
    this.since = minute(this.player.at_ms);
    if (!params.has("at")) this.player.live();
    else if (params.get("play") === "0") this.player.pause();
    else this.player.play();
  }

  /* Of what arrives now and of what is replayed. */
  private filterForm(): HTMLElement {
    const [input, offers] = filterInput("map-filter", "visits", { value: this.player.filter, placeholder: "country = CN and dport = 22", "aria-label": "Filter of the map" });
    return h(
      "form",
      {
        class: "map-filter",
        role: "search",
        "aria-label": "Filter of the map",
        onsubmit: (event: Event) => {
          event.preventDefault();
          this.player.filter = input.value.trim();
          note({ filter: this.player.filter });
          this.reset(this.player.at_ms);
          if (this.player.mode === "live") this.player.live();
          else if (this.player.mode === "replay" || this.player.refused) this.player.play();
        },
      },
      input,
      offers,
      h("button", { type: "submit", class: "small" }, "Filter"),
    );
  }

  private nothing(): void {
    fill(
      this.hint,
      empty("The store is empty.", "Take a capture or a log in with ", command("nightjar ingest FILE"), ", or capture with ", command("nightjar serve --capture IFACE"), "; this page shows it as it comes."),
    );
    this.hint.hidden = false;
  }

  private insets() {
    const width = this.scene.element.clientWidth;
    if (this.place.clientWidth < 900) return { left: 4, right: 4, top: 14, bottom: 34 };
    if (width < 1000) return { left: 236, right: 24, top: 40, bottom: 24 };
    const side = width < 1500 ? 215 : 240; /* the lists stand over the oceans */
    return { left: side, right: side, top: 40, bottom: 24 };
  }

  private seek(at_ms: number): void {
    this.reset(at_ms);
    this.player.at_ms = at_ms;
    if (this.player.mode === "live") this.player.play();
    else this.player.seek(at_ms);
  }

  private reset(at_ms: number): void {
    this.tally.clear();
    this.scene.clear();
    this.lists.clear();
    this.quiet_s = 0;
    this.since = minute(at_ms);
  }

  /* ---- what the player says ---- */

  visits(batch: VisitBatch): void {
    this.tally.add(batch, performance.now());
    this.lists.add(batch.visits);
    batch.visits.forEach((visit, index) => this.scene.visit(visit, (index / batch.visits.length) * BATCH_MS));
  }

  clock(at_ms: number): void {
    this.controls.draw();
    this.bar.set(at_ms);
    const now = performance.now();
    if (this.player.mode === "replay" && now - this.noted_ms > 2000) {
      this.noted_ms = now;
      this.remember();
    }
  }

  happened(what: Happening): void {
    if (worthTelling(what)) this.lists.happened(what);
    if (what.event === "hop") void this.showHop(what);
  }

  missed(what: Lost): void {
    const since = this.player.at_ms;
    this.tally.miss(what.sessions);
    fill(
      this.warning,
      what.sessions === null
        ? "What came while this page had no connection is not known here: the service began anew, or forgot the filter meanwhile. "
        : `This page fell behind: ${count(what.sessions)} sessions (${count(what.missed)} messages) were passed over. They are counted, but neither drawn nor in the lists. `,
      Number.isFinite(since) && h("button", { type: "button", onclick: () => this.seek(since) }, `Replay from ${minute(since)}`),
    );
    this.warning.hidden = false;
    window.clearTimeout(this.told);
    this.told = window.setTimeout(() => (this.warning.hidden = true), TOLD_MS);
  }

  trouble(why: string | null): void {
    window.clearTimeout(this.told);
    this.warning.hidden = why === null;
    if (why !== null) this.warning.textContent = /[.?!]$/.test(why) ? why : `${why}.`;
  }

  changed(): void {
    this.controls.draw();
    this.bar.set(this.player.mode === "live" ? NaN : this.player.at_ms);
    this.remember();
    const { mode } = this.player;
    if (this.player.ended) say("The replay has reached the end of the store.");
    else say(mode === "live" ? "Live." : mode === "replay" ? `Replay from ${minute(this.player.at_ms)}.` : "Paused.");
  }

  private remember(): void {
    const { mode, at_ms, speed } = this.player;
    if (mode === "live") note({ at: null, speed: null, play: null });
    else note({ at: Number.isFinite(at_ms) ? iso(at_ms) : null, speed, play: mode === "paused" ? 0 : null });
  }

  /* ---- hops ---- */

  private async showHop(what: Happening): Promise<void> {
    const same = (hop: Hop) => (what.link && hop.link ? hop.link === what.link : hop.from === what.source && hop.to === what.other);
    try {
      let hop = this.hops.find(same);
      if (!hop) {
        this.hops = (await rows<Hop>("hops", { limit: 1000 }, this.asked.signal)).rows;
        this.bar.marks(this.hops);
        hop = this.hops.find(same);
      }
      if (!hop) return;
      const [from, to] = await Promise.all([this.whereIs(hop.from), this.whereIs(hop.to)]);
      this.scene.hops.add(hop, from, to);
      say(`Hop: ${hop.from} moved to ${hop.to}.`);
    } catch {
      /* the list of what was noticed has it all the same */
    }
  }

  private async whereIs(address: string) {
    const seen = this.scene.places.sources.get(address);
    if (seen?.place) return seen.place;
    const source = await get<Source>(`source/${address}`, {}, this.asked.signal);
    return this.scene.places.find(address, source.country ?? null, source.lat, source.lon);
  }

  /* ---- what is wrong with capture: nothing arrives, and the map would not say why ---- */

  private async lookAtCapture(): Promise<void> {
    try {
      const capture = await get<Capture>("capture", {}, this.asked.signal);
      const gone = capture.interfaces.filter((each) => !each.up).map((each) => each.interface);
      const fault = capture.problem ?? (gone.length > 0 ? `${gone.join(", ")} is gone` : "");
      if (fault !== "" && fault !== this.captureFault) say(`Capture: ${fault}.`);
      this.captureFault = fault;
    } catch {
      /* the stream says that the service does not answer */
    }
  }

  /* ---- the time bar of a page that stays open: the store grows meanwhile ---- */

  private async lookAtStore(): Promise<void> {
    try {
      const { signal } = this.asked;
      const span = await get<Span>("span", {}, signal);
      const hops = await rows<Hop>("hops", { limit: 1000 }, signal);
      if (!span.first || !span.last) return;
      this.bar.grow(parse(span.first), parse(span.last));
      this.bar.marks((this.hops = hops.rows));
    } catch {
      /* no store yet, or the service is gone, which the stream says */
    }
  }

  /* ---- once a second ---- */

  private tick(): void {
    const now = performance.now();
    const ratio = this.scene.arcs.ratio();
    const fps = this.scene.frames;
    if (this.player.mode === "live" && now - this.looked_ms > CAPTURE_LOOK_MS) {
      this.looked_ms = now;
      void this.lookAtCapture();
    }
    if (this.player.mode === "live" && now - this.grown_ms > GROWN_LOOK_MS) {
      this.grown_ms = now;
      void this.lookAtStore();
    }
    this.scene.frames = 0;
    this.lists.draw(this.tally);
    this.scene.warm(this.tally.countries);
    const quiet = this.player.mode === "live" && this.tally.sessions === 0;
    this.hint.hidden = !quiet || !this.warning.hidden || ++this.quiet_s < 2;
    this.quiet.textContent = this.player.filter === "" ? "Nothing arrives now." : "Nothing that fits the filter arrives now.";
    const box = [this.hint, this.warning].find((each) => !each.hidden);
    this.scene.places.raise(box ? this.stage.clientHeight - box.offsetTop : 0);
    const fitting = this.player.filter === "" ? "" : " that fit the filter";
    const item = (name: string, value: string, title = "") => h("div", { title }, h("dt", {}, name), h("dd", {}, value));
    fill(
      this.counters,
      item(this.player.mode === "live" ? "sessions/s" : "replayed/s", short(this.tally.rate(now)), `Sessions${fitting} that a second of this page showed`),
      item("sessions", short(this.tally.sessions), `${count(this.tally.sessions)}${fitting} since ${this.since}`),
      (this.tally.passed > 0 || this.tally.unknown) &&
        item("passed over", `${short(this.tally.passed)}${this.tally.unknown ? " and more" : ""}`, "Sessions that this page was too slow for, or away: counted, but neither drawn nor in the lists"),
      item("sources", short(this.tally.seenSources), "Distinct addresses that were shown"),
      item("sensors", String(this.scene.places.sensors.size), "Those whose place is configured, and those that sessions came to"),
      item("1 arc", ratio < 1.05 ? "1 session" : `${ratio < 10 ? ratio.toFixed(1) : short(ratio)} sessions`, "Where more happens than can be drawn, a fair sample is drawn and each arc stands for more"),
      this.player.mode === "live" && this.captureFault !== "" && h("div", { class: "capture-fault" }, h("dt", {}, "capture"), h("dd", {}, h("a", { href: link("health"), title: this.captureFault }, this.captureFault))),
      this.tally.unjudged > 0 && item("not looked at", short(this.tally.unjudged), "Sessions that the service had no time to hold against the filter: whether they fit is not known"),
      this.scene.places.unplaced > 0 && item("no place", short(this.scene.places.unplaced), "Sessions of sources whose country is not known: counted, not drawn"),
      h("div", { class: "frames" }, h("dt", {}, "frames/s"), h("dd", {}, String(fps))),
    );
  }

  /* ---- pointer and keys ---- */

  private found(event: MouseEvent): Found {
    const box = this.scene.element.getBoundingClientRect();
    return this.scene.find(event.clientX - box.left, event.clientY - box.top);
  }

  private point(event: PointerEvent): void {
    const found = this.found(event);
    this.scene.element.classList.toggle("pointing", found !== null && !("sensor" in found));
    this.tip.hidden = found === null;
    if (!found) return;
    const source = "arc" in found ? found.arc.source : "source" in found ? found.source : null;
    if (source) {
      const visit = source.last;
      fill(
        this.tip,
        h("b", {}, source.address),
        `${country(source.country)}${visit.city ? `, ${visit.city}` : ""}${source.place?.exact === false ? " (place: country only)" : ""}`,
        h("br"),
        "arc" in found
          ? `port ${portName(found.arc.port, found.arc.proto)} at ${found.arc.sensor.name}, ${count(found.arc.stands_for)} sessions`
          : `port ${portName(visit.dport, visit.proto)}, ${count(source.sessions)} sessions shown`,
      );
    } else if ("sensor" in found) {
      fill(this.tip, h("b", {}, found.sensor.name), `sensor, ${count(found.sensor.sessions)} sessions shown`);
    }
    const box = this.stage.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    this.tip.style.left = `${Math.min(x + 14, box.width - this.tip.offsetWidth - 6)}px`;
    this.tip.style.top = `${Math.min(y + 14, box.height - this.tip.offsetHeight - 6)}px`;
  }

  private click(event: MouseEvent): void {
    if (event.target instanceof Element && event.target.closest("button")) return;
    const found = this.found(event);
    if (!found || "sensor" in found) return;
    openSource("arc" in found ? found.arc.source.address : found.source.address);
  }

  private readonly key = (event: KeyboardEvent): void => {
    const busy = event.target instanceof HTMLElement && event.target.matches("input, select, textarea, button, a");
    if (busy || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " ") this.controls.toggle();
    else if (event.key === "l") this.player.live();
    else return;
    event.preventDefault();
  };
}

export const mapPage: Page = {
  title: () => "Map",
  show(place, asked) {
    const view = new MapView(place, asked);
    void view.start();
    return () => view.destroy();
  },
};
