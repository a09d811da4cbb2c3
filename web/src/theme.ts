// SPDX-License-Identifier: Apache-2.0
// Dark or light: as the system says, or as was chosen here. Canvases ask for their colours here.

const KEY = "nightjar-theme";
export type Theme = "dark" | "light";

export function current(): Theme {
  return document.documentElement.dataset.theme === "light" ? "light" : "dark";
}

function apply(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  window.dispatchEvent(new Event("nightjar-theme"));
}

export function start(): void {
  const chosen = localStorage.getItem(KEY);
  const light = matchMedia("(prefers-color-scheme: light)");
  apply(chosen === "light" || chosen === "dark" ? chosen : light.matches ? "light" : "dark");
  light.addEventListener("change", () => {
    if (!localStorage.getItem(KEY)) apply(light.matches ? "light" : "dark");
  });
}

export function toggle(): void {
  const next = current() === "dark" ? "light" : "dark";
  localStorage.setItem(KEY, next);
  apply(next);
}

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export const calm = matchMedia("(prefers-reduced-motion: reduce)");
