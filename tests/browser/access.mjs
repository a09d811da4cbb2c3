// SPDX-License-Identifier: Apache-2.0
// What people need who see little, listen or use keys: names, contrast (WCAG 2.1 AA), one heading.

/** Runs in the page. @return what is wrong, as lines */
export function accessFaults() {
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const rgba = (text) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = text;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, ground) => [0, 1, 2].map((i) => top[i] * top[3] + ground[i] * (1 - top[3]));
  const bright = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((each) => (each / 255 <= 0.03928 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const above = (element) => (element ? [...above(element.parentElement), element] : []);
  const faults = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const text = texts.currentNode.data.trim();
    if (!text || !element.getBoundingClientRect().width || element.closest(".unseen, .skip, svg, option, [hidden], noscript")) continue;
    const style = getComputedStyle(element);
    const line = above(element).map((each) => getComputedStyle(each));
    const ground = line.reduce((under, each) => over(rgba(each.backgroundColor), under), rgba(getComputedStyle(document.documentElement).backgroundColor));
    const ink = rgba(style.color);
    ink[3] *= line.reduce((all, each) => all * Number(each.opacity), 1);
    const [light, dark] = [bright(over(ink, ground)), bright(ground)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const large = parseFloat(style.fontSize) >= 24;
    if (ratio < (large ? 3 : 4.5)) faults.add(`contrast ${ratio.toFixed(1)}: ${text.slice(0, 40)}`);
  }
  const named = (element) => element.getAttribute("aria-label") || element.getAttribute("aria-labelledby") || element.title || element.labels?.length > 0 || (element.localName !== "form" && element.textContent.trim());
  for (const element of document.querySelectorAll("button, a, input, select, textarea, iframe, th, [role=slider], [role=region], [role=search]"))
    if (!named(element)) faults.add(`no name: ${element.outerHTML.slice(0, 80)}`);
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  ids.filter((id, index) => ids.indexOf(id) !== index).forEach((id) => faults.add(`two elements are "${id}"`));
  if (document.querySelectorAll("main h1").length !== 1) faults.add("not one heading of the first rank");
  return [...faults];
}
