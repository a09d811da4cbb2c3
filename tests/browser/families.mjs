// SPDX-License-Identifier: Apache-2.0
// Families and the map's losses in a browser; see 30-families. Prints `ok NAME` or `FAIL NAME` for each
// promise. Arguments: the browser, the service, a family, a folder for pictures or nothing.
import { chromium } from "../../web/node_modules/playwright-core/index.mjs";
import { finish, promise } from "./promise.mjs";

const [, , executablePath, base, family, shots] = process.argv;
const PATIENCE = 60000;

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const wrong = [];

async function open(where, options = {}) {
  const context = await browser.newContext({ viewport: { width: options.width ?? 1280, height: 860 }, colorScheme: options.scheme ?? "dark" });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("dialog", (dialog) => { wrong.push(dialog.message()); dialog.dismiss(); });
  if (options.stream) await page.addInitScript(lasting, options.stream);
  await page.goto(base + where);
  return page;
}

/* In the page: a live stream that says this and stays open. */
function lasting(text) {
  const real = window.fetch;
  const body = () => new ReadableStream({ start: (to) => to.enqueue(new TextEncoder().encode(text)) });
  window.fetch = (url, how) => (String(url).includes("/stream") ? Promise.resolve(new Response(body())) : real(url, how));
}

const picture = (page, name) => (shots ? page.screenshot({ path: `${shots}/${name}.png` }) : null);
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

const page = await open("#/families");
await promise("the families are listed, and lead on", async () => {
  await page.waitForSelector("table");
  await picture(page, "families");
  await page.focus(`a[href="#/family/${family}"]`);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#family-name");
  return (await page.textContent("h1")) === family;
});
await promise("one is described in words, with who uses it", async () => {
  const text = await page.textContent("#main");
  return text.includes("bits 8-15 of sequence = low 8 bits of destination") && text.includes("203.0.113.7");
});
await promise("a name is given by keyboard, and is a text", async () => {
  await page.focus("#family-name");
  await page.keyboard.type("worm <b>7</b>");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("h1")?.textContent === "worm <b>7</b>", null, { timeout: PATIENCE });
  await picture(page, "family");
});
await promise("the source shows it and leads to the family", async () => {
  await page.goto(`${base}#/source/203.0.113.7`);
  await page.waitForSelector(`a[href="#/family/${family}"]`);
  return (await page.textContent("#main")).includes("worm <b>7</b>");
});
await promise("the search field finds a family", async () => {
  await page.keyboard.press("/");
  await page.keyboard.type(family.toUpperCase());
  await page.keyboard.press("Enter");
  await page.waitForFunction((wanted) => location.hash === `#/family/${wanted}`, family, { timeout: PATIENCE });
});
await promise("a family that nobody knows is said to be none", async () => {
  await page.goto(`${base}#/family/rel-00000000`);
  await page.waitForSelector(".empty");
});
for (const [name, where] of [["families", "#/families"], ["family", `#/family/${family}`]])
  await promise(`${name}: on a phone nothing stands out of the page`, async () => {
    const phone = await open(where, { width: 390, scheme: "light" });
    await phone.waitForSelector("table");
    await picture(phone, `${name}-phone`);
    return fits(phone);
  });

/* ---- a map that was too slow ---- */

const message = (name, data, id) => `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
const visit = { ts: "2020-05-01T12:00:00Z", src: "203.0.113.7", country: "CN", sensor: "default", proto: "tcp", dport: 23, class: "scan", tool: null, app: null, sessions: 40, stands_for: 40 };
const batch = { shown: 1, visits_seen: 1, sessions: 40, visits: [visit] };
const stream =
  message("clock", { time: "2020-05-01T12:00:00Z", sessions: 0 }, "1.0.a") +
  message("visits", batch, "2.40.a") +
  message("lost", { missed: 12, sessions: 340, first: 3, last: 14 }, "14.380.a") +
  message("visits", batch, "15.420.a");
await promise("the map says what it was too slow for, and its counters have it", async () => {
  const map = await open("#/map", { stream, width: 390, scheme: "light" });
  await map.waitForFunction(() => /sessions420.*passed over340/.test(document.querySelector(".counters")?.textContent ?? ""), null, { timeout: PATIENCE });
  await picture(map, "passed-over");
  if (!(await map.textContent(".map-warning")).includes("340 sessions (12 messages) were passed over")) return false;
  await map.click(".map-warning button");
  await map.waitForFunction(() => decodeURIComponent(location.hash).includes("at=2020-05-01T12:00:00"), null, { timeout: PATIENCE });
  return fits(map);
});

await promise("nothing was wrong in the pages", () => {
  if (wrong.length > 0) throw new Error(wrong.join("; "));
});
await browser.close();
finish();
