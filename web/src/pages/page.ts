// SPDX-License-Identifier: Apache-2.0
// A page: fills its place, and may leave something to end when another page comes.
import type { View } from "../view";

export interface Asked {
  view: View;
  signal: AbortSignal; /* ends with the page */
}

export interface Page {
  title(view: View): string;
  show(place: HTMLElement, asked: Asked): void | (() => void);
}
