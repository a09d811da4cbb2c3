// SPDX-License-Identifier: Apache-2.0
// Live or replay, play or pause, how fast; and the legend of the map.
import { categories } from "../category";
import { fill, h } from "../dom";
import { minute } from "../format";
import { speeds, type Player } from "./player";

const speedName = (speed: number) => (speed >= 1000 ? `${speed.toLocaleString("en")}×` : `${speed}×`);

export class Controls {
  readonly element: HTMLElement;
  readonly legend: HTMLElement;
  private readonly live = h("button", { type: "button", class: "live-button", onclick: () => this.player.live() });
  private readonly play = h("button", { type: "button", class: "play", onclick: () => this.toggle() });
  private readonly time = h("output", { class: "now mono" });
  private readonly speed = h("select", {
    "aria-label": "Speed of the replay",
    onchange: () => this.player.setSpeed(Number(this.speed.value)),
  });

  constructor(private readonly player: Player) {
    fill(this.live, h("span", { class: "live-dot", "aria-hidden": "true" }), "Live");
    for (const each of speeds) this.speed.append(h("option", { value: each }, speedName(each)));
    this.element = h("div", { class: "controls" }, this.play, this.time, h("label", { class: "speed" }, "Speed ", this.speed), this.live);
    this.legend = h(
      "ul",
      { class: "legend", "aria-label": "Colours" },
      categories.map((each) => h("li", {}, h("span", { class: `dot c-${each.style}` }), each.name)),
      h("li", {}, h("span", { class: "hop-key" }), "Hop: old address to new"),
    );
  }

  toggle(): void {
    if (this.player.mode === "replay") this.player.pause();
    else this.player.play();
  }

  /** Show how the player stands. */
  draw(): void {
    const { mode, at_ms, speed } = this.player;
    const known = Number.isFinite(at_ms);
    const word = mode === "replay" ? "Pause" : "Replay";
    fill(this.play, h("span", { "aria-hidden": "true" }, mode === "replay" ? "❚❚" : "▶"), ` ${word}`);
    this.play.disabled = !known;
    this.play.title = `${word} (space)`;
    this.live.setAttribute("aria-pressed", String(mode === "live"));
    this.live.classList.toggle("on", mode === "live");
    if (![...this.speed.options].some((option) => Number(option.value) === speed))
      this.speed.append(h("option", { value: speed }, speedName(speed)));
    this.speed.value = String(speed);
    this.time.textContent = mode === "live" && !known ? "waiting for traffic" : known ? `${minute(at_ms)} UTC` : "–";
  }
}
