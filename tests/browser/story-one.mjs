// SPDX-License-Identifier: Apache-2.0
// Goes through the first story in a headless browser; see 10-story-one. Prints `ok NAME` or
// `FAIL NAME` for each promise. Arguments: the browser, the service's address, that of a service
// without data, a folder for pictures or nothing.
import { readFile } from "node:fs/promises";
import { chromium } from "../../web/node_modules/playwright-core/index.mjs";
import { accessFaults } from "./access.mjs";
import { finish, promise } from "./promise.mjs";

const [, , executablePath, story, nothing, shots] = process.argv;
const first = "218.77.79.43";
const second = "218.77.79.58";
const quiet = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const LONG = { timeout: 20000 };

async function picture(page, name) {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png` });
}

const browser = await chromium.launch({ executablePath, args: quiet });
const wrong = [];
const outside = [];

async function open(viewport, options = {}) {
  const page = await browser.newPage({ viewport, ...options });
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of (40[014]|503)/.test(message.text())) wrong.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(story) && !url.startsWith(nothing) && !url.startsWith("data:")) outside.push(url);
  });
  return page;
}

const page = await open({ width: 1440, height: 900 });

await promise("the live map opens and says how to see the past", async () => {
  await page.goto(story);
  await page.getByText("Nothing arrives now.").waitFor(LONG);
  await page.getByRole("button", { name: "replay from the start" }).waitFor(LONG);
});

await promise("a replay of 2014-09-23 shows sessions, countries and ports", async () => {
  await page.goto(`${story}#/map?at=2014-09-23T08:30:00Z&speed=3600`);
  await page.locator(".latest button").first().waitFor(LONG);
  await page.locator(".side-countries a", { hasText: "China" }).waitFor(LONG);
  await page.locator(".side-ports a").first().waitFor(LONG);
});

await promise("the hop appears on the map with both addresses", async () => {
  await page.locator(".hop-plate", { hasText: `${first} → ${second}` }).waitFor(LONG);
  await picture(page, "map");
});

await promise("the address of the page follows the time that is shown", async () => {
  await page.getByRole("button", { name: "Pause" }).click();
  const at = new URLSearchParams(new URL(page.url()).hash.split("?")[1]).get("at");
  return at >= "2014-09-23T10:15" && at < "2014-09-26";
});

await promise("a click on the hop opens its evidence in bits", async () => {
  await page.locator(".hop-plate", { hasText: second }).click();
  await page.locator("#panel").getByRole("rowheader", { name: "ports", exact: true }).waitFor(LONG);
});

await promise("its story tells both addresses side by side", async () => {
  await page.getByRole("link", { name: "Open the whole page" }).click();
  await page.getByRole("columnheader", { name: `${first} (old)` }).waitFor(LONG);
  await page.getByRole("columnheader", { name: `${second} (new)` }).waitFor(LONG);
  await page.locator(".hop-mark").first().waitFor(LONG);
});

await promise("the way leads on to the actor, who has both addresses", async () => {
  await page.locator(".hop-hero a", { hasText: "NJ-" }).click();
  await page.getByRole("rowheader", { name: first }).waitFor(LONG);
  await page.getByRole("rowheader", { name: second }).waitFor(LONG);
});

await promise("the actor's risk is told as the one of all its addresses", () => page.getByText("risk of 100, of its addresses together").waitFor(LONG));

await promise("the source's page has its receipt and its links", async () => {
  await page.getByRole("rowheader", { name: second }).getByRole("link").click();
  await page.getByRole("heading", { name: "Why this risk" }).waitFor(LONG);
  await page.locator("details.link summary", { hasText: "succession" }).first().waitFor(LONG);
});

await promise("the history of its level says that the risk falls", () => page.getByText("It was scored last on 2014-09-").waitFor(LONG));

await promise("it says who says where the source is, and that the registry was not asked", async () => {
  await page.getByRole("region", { name: "Who says where it is" }).or(page.getByText("No database is installed")).first().waitFor(LONG);
  await page.getByRole("heading", { name: "Registry" }).waitFor(LONG);
  await page.getByText("The registry was not asked.").waitFor(LONG);
});

await promise("nothing near certain is called certain there", async () => !/p 1\.000|100\.0 %/.test(await page.locator("main").innerText()));

/** Click, and give the bytes that the browser saves, with their name. */
async function saved(name) {
  const [download] = await Promise.all([page.waitForEvent("download", LONG), page.getByRole("button", { name }).click()]);
  return [download.suggestedFilename(), await readFile(await download.path())];
}

await promise("the sampled packets are saved, and hide the sensor", async () => {
  const [name, bytes] = await saved("Save sampled packets");
  if (name !== `${second}-sanitized.pcap`) throw new Error(name);
  const capture = bytes.readUInt32LE(0) === 0xa1b2c3d4 && bytes.length > 24 + 16;
  const sensor = bytes.includes(Buffer.from([203, 0, 113]));
  return capture && bytes.includes(Buffer.from([218, 77, 79, 58])) && !sensor;
});

await promise("so is the dossier", async () => {
  const [name, bytes] = await saved("Save the dossier");
  return name === `dossier-${second}.html` && bytes.includes(second);
});

await promise("a note is written, and its markup stays text", async () => {
  await page.getByLabel("New note").fill("seen by the browser <b>test</b>");
  await page.getByLabel("Who says so").fill("10-story-one");
  await page.getByLabel("Confidence").selectOption("high");
  await page.getByRole("button", { name: "Write the note" }).click();
  await page.locator(".notes", { hasText: "seen by the browser <b>test</b>" }).waitFor(LONG);
  return (await page.locator(".notes b").count()) === 0;
});

await promise("a brief is made and opens in place", async () => {
  await page.goto(`${story}#/briefs`);
  await page.getByLabel("From").fill("2014-09-20");
  await page.getByLabel("To", { exact: true }).fill("2014-09-24");
  await page.getByLabel("Countries").fill("cn, us");
  await page.getByLabel("Notes").fill("Read by the browser <b>test</b>.");
  await page.getByRole("button", { name: "Make the brief" }).click();
  await page.waitForFunction(() => location.hash.startsWith("#/brief/"), null, LONG);
  const frame = page.frameLocator("iframe.document");
  await frame.getByText("Read by the browser <b>test</b>.").first().waitFor(LONG);
  await picture(page, "brief");
  return (await frame.getByText("China").count()) > 0;
});

await promise("nothing in the brief's frame can run or reach the console", async () => {
  const answer = await page.request.get(`${story}${(await page.locator("iframe.document").getAttribute("src")).slice(2)}`);
  const policy = answer.headers()["content-security-policy"];
  return (await page.locator("iframe.document").getAttribute("sandbox")) === "" && /sandbox/.test(policy) && !/script-src/.test(policy);
});

await promise("it is in the list, and a wrong one is explained", async () => {
  await page.getByRole("link", { name: "All briefs" }).click();
  await page.getByRole("rowheader").getByRole("link").first().waitFor(LONG);
  await page.getByLabel("Only").fill("dprt = 22");
  await page.getByRole("button", { name: "Make the brief" }).click();
  await page.getByText(/Not made:.*did you mean/).waitFor(LONG);
});

await promise("a feed is saved from its page as the service serves it", async () => {
  await page.goto(`${story}#/feeds`);
  const [download] = await Promise.all([page.waitForEvent("download", LONG), page.getByRole("link", { name: "csv", exact: true }).click()]);
  const served = await (await page.request.get(`${story}feeds/csv`)).body();
  return served.length > 0 && served.equals(await readFile(await download.path()));
});

await promise("decisions are found by their action", async () => {
  await page.goto(`${story}#/decisions`);
  await page.getByRole("link", { name: "Block", exact: true }).click();
  await page.waitForFunction(() => location.hash.includes("action=block"), null, LONG);
  await page.getByRole("rowheader").first().or(page.getByText("No decisions.")).waitFor(LONG);
});

await promise("one field takes an address, an AS, a port, a country and a filter", async () => {
  const cases = [
    ["218.77.79.43", "#/source/218.77.79.43"],
    ["218.77.79.0/24", "#/suspects?filter=src+in+218.77.79.0%2F24"],
    ["AS4134", "#/suspects?filter=asn+%3D+4134"],
    ["3389", "#/port/3389"],
    ["nj-000001", "#/actor/NJ-000001"],
    ["CN", "#/ports?country=CN"],
    ["country = CN and dport = 22", "#/visits?filter=country+%3D+CN+and+dport+%3D+22"],
  ];
  for (const [text, hash] of cases) {
    await page.locator("#search").fill(text);
    await page.locator("#search").press("Enter");
    await page.waitForFunction((wanted) => location.hash === wanted, hash, LONG);
  }
});

await promise("it finds a network, a country and a service by their names", async () => {
  for (const [text, heading, row] of [["chinanet", "Networks", "AS4134"], ["united st", "Countries", "United States"], ["telnet", "Ports", "23"]]) {
    await page.locator("#search").fill(text);
    await page.locator("#search").press("Enter");
    await page.getByRole("region", { name: heading, exact: true }).getByRole("rowheader").getByRole("link", { name: row, exact: true }).waitFor(LONG);
  }
  await page.goto(`${story}#/search?q=%3Cb%3Enobody`);
  await page.getByText("Nothing in the store goes by “<b>nobody”.").waitFor(LONG);
});

/** What a filter's field offers when `text` stands in it, no longer what it offered before. */
async function offered(id, text) {
  const before = text.replace(/[^\s(),=<>!~"]*$/, "");
  await page.locator(id).fill(text);
  await page.waitForFunction(
    ([at, begin]) => {
      const all = [...document.querySelectorAll(`${at}-words option`)];
      return all.length > 0 && all.every((each) => each.value.startsWith(begin));
    },
    [id, before],
    LONG,
  );
  return page.locator(`${id}-words option`).evaluateAll((all) => all.map((each) => each.value));
}

await promise("filters are completed with the fields of the rows that they are on, their signs and values", async () => {
  const wanted = [
    ["visits", "cou", "country"],
    ["visits", "dport = 22 and to", "dport = 22 and tool"],
    ["visits", "country ", "country ="],
    ["visits", "country = CN and proto in (tc", "country = CN and proto in (tcp"],
    ["visits", "class = sc", "class = scan"],
    ["visits", "country = chi", "country = CN"],
    ["suspects", "lev", "level"],
    ["suspects", "level = EX", "level = EXTREME"],
    ["actors", "si", "size"],
    ["hops", "fr", "from"],
    ["ports", "cla", "class"],
    ["findings", "dp", "dport"],
    ["countries", "too", "tool"],
  ];
  for (const [name, text, choice] of wanted) {
    await page.goto(`${story}#/${name}`);
    const found = await offered("#filter", text);
    if (!found.includes(choice)) throw new Error(`${name} "${text}": ${found.join(" | ")}`);
  }
  if ((await offered("#filter", "s")).includes("size")) throw new Error("fields of actors are offered for rankings");
  await page.goto(`${story}#/hops`);
  await page.locator("#filter").fill(`to = ${second}`);
  await page.locator("#filter").press("Enter");
  await page.locator("main tbody tr").first().waitFor(LONG);
  await page.goto(`${story}#/hops?filter=bits%20%3E%20100000`);
  await page.getByText("Nothing fits the filter.").waitFor(LONG);
});

await promise("a replay is filtered, and the filter stands in the address", async () => {
  await page.goto(`${story}#/map?at=2014-09-23T08:00:00Z&speed=10000`);
  await offered("#map-filter", "dpo");
  await page.locator("#map-filter").fill("dport = 23");
  await page.locator("#map-filter").press("Enter");
  await page.locator(".side-ports a").first().waitFor(LONG);
  await page.waitForFunction(() => location.hash.includes("filter=dport+%3D+23"), null, LONG);
  return (await page.locator(".side-ports a").allInnerTexts()).every((name) => name === "23");
});

await promise("an address that can't be decoded is answered, not blank", async () => {
  await page.goto(`${story}#/source/%E0%A4%A`);
  await page.getByRole("alert").or(page.getByText("Try another search")).first().waitFor(LONG);
});

const low = await open({ width: 1280, height: 700 });
await promise("on a low screen no row of a list is cut, and the hop stands among what was noticed", async () => {
  await low.goto(`${story}#/map?at=2014-09-23T09:30:00Z&speed=3600`);
  await low.locator(".is-hop").getByText(`${first} → ${second}`).waitFor(LONG);
  await low.waitForTimeout(3000);
  await picture(low, "map-low");
  const cut = await low.evaluate(() =>
    [...document.querySelectorAll(".side li:not([hidden])")]
      .filter((row) => row.getBoundingClientRect().bottom > row.parentElement.getBoundingClientRect().bottom + 1.5)
      .map((row) => row.textContent),
  );
  if (cut.length > 0) throw new Error(cut.join("\n"));
  return (await low.locator(".noticed li:visible").count()) >= 3;
});
await promise("the map fits the window, and nothing scrolls", () =>
  low.evaluate(() => document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth),
);

await promise("a wrong filter is answered with its column", async () => {
  await page.goto(`${story}#/visits?filter=contry%20%3D%20CN`);
  await page.getByRole("alert").getByText(/column 1/).waitFor(LONG);
});

const pages = ["suspects", "actors", "hops", "ports", "port/22", "countries", "findings", "visits", "briefs", "decisions", "feeds", "health", "search?q=china"];
for (const name of pages)
  await promise(`the page "${name}" answers`, async () => {
    await page.goto(`${story}#/${name}`);
    await page.locator("main h1").waitFor(LONG);
    await page.waitForFunction(() => !document.querySelector("[aria-busy], .waiting"), null, LONG);
    await picture(page, name.replace("/", "-"));
    return (await page.locator(".wrong").count()) === 0;
  });

for (const colorScheme of ["dark", "light"])
  await promise(`in ${colorScheme} colours all texts can be read, and all that can be used has a name`, async () => {
    const seen = await open({ width: 1280, height: 800 }, { colorScheme });
    const faults = [];
    for (const name of ["map?at=2014-09-23T10:00:00Z&speed=600", `source/${second}`, "actor/NJ-000001", `hop/${first}%3E${second}`, "families", ...pages]) {
      await seen.goto(`${story}#/${name}`);
      await seen.locator("main h1").waitFor({ state: "attached", ...LONG });
      await seen.waitForFunction(() => !document.querySelector("[aria-busy], .waiting"), null, LONG);
      if (name.startsWith("map")) await seen.locator(".latest button").first().waitFor(LONG);
      faults.push(...(await seen.evaluate(accessFaults)).map((fault) => `${name}: ${fault}`));
    }
    await seen.close();
    if (faults.length > 0) throw new Error(faults.slice(0, 5).join("\n"));
  });

await promise("the time bar moves by keyboard and the map follows", async () => {
  await page.goto(`${story}#/map?at=2014-09-21T10:00:00Z&play=0`);
  const bar = page.getByRole("slider");
  await page.waitForFunction(() => document.querySelector('[role="slider"]')?.getAttribute("aria-valuetext")?.startsWith("2014-09-21 10:00"), null, LONG);
  await bar.press("ArrowRight");
  await bar.press("PageUp");
  return (await bar.getAttribute("aria-valuetext")).startsWith("2014-09-22 11:00");
});

await promise("the time bar is dragged to another hour", async () => {
  const bar = page.getByRole("slider");
  const before = await bar.getAttribute("aria-valuetext");
  const box = await bar.boundingBox();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 40, { steps: 4 });
  await page.mouse.up();
  const after = await bar.getAttribute("aria-valuetext");
  return after !== before && after.startsWith("2014-09-2") && page.url().includes("at=2014-09-2");
});

const phone = await open({ width: 390, height: 844 }, { reducedMotion: "reduce", colorScheme: "light" });
for (const name of ["map?at=2014-09-23T10:00:00Z&speed=600", `source/${second}`, "hops", "suspects", "ports", "briefs", "brief/1", "decisions", "feeds"])
  await promise(`on a phone nothing of "${name.split("?")[0]}" is wider than the screen`, async () => {
    await phone.goto(`${story}#/${name}`);
    await phone.locator("main h1").first().waitFor({ state: "attached", ...LONG });
    await phone.waitForTimeout(700);
    await picture(phone, `phone-${name.split(/[?/]/)[0]}`);
    return await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  });
await promise("a phone in light colours has the light theme", () => phone.evaluate(() => document.documentElement.dataset.theme === "light"));

await promise("on a phone no table has to be pushed aside to be read", async () => {
  const wide = [];
  for (const name of ["visits", "suspects", "actors", "hops", "ports", "port/22", "countries", "findings", "decisions", "feeds", "health", `source/${second}`, "actor/NJ-000001", `hop/${first}%3E${second}`]) {
    await phone.goto(`${story}#/${name}`);
    await phone.locator("main h1").first().waitFor(LONG);
    await phone.waitForFunction(() => !document.querySelector("[aria-busy], .waiting"), null, LONG);
    await picture(phone, `phone-${name.split("/")[0]}`);
    const over = await phone.evaluate(() => Math.max(0, ...[...document.querySelectorAll(".table-box")].map((box) => box.scrollWidth - box.clientWidth)));
    if (over > 0) wide.push(`${name}: ${over} pixels`);
  }
  if (wide.length > 0) throw new Error(wide.join("\n"));
});

const bare = await open({ width: 1000, height: 700 });
await promise("without data the map says what to do next", async () => {
  await bare.goto(nothing);
  await bare.getByText("nightjar ingest").first().waitFor(LONG);
});

await promise("a brief that is not there is said, not shown as an answer of the service", async () => {
  await page.goto(`${story}#/brief/999`);
  await page.getByText("There is no such brief").waitFor(LONG);
});

await promise("the time bar of a live map that stays open grows with the store", async () => {
  const live = await open({ width: 1280, height: 700 });
  let last = "2014-09-22T10:00:00Z";
  await live.clock.install();
  await live.route("**/api/v1/span", (route) => route.fulfill({ json: { first: "2014-09-20T00:00:00Z", last } }));
  await live.goto(`${story}#/map`);
  const bar = live.getByRole("slider");
  const end = async () => Number(await bar.getAttribute("aria-valuemax")) * 1000;
  await live.waitForFunction(() => document.querySelector('[role="slider"]')?.getAttribute("aria-valuemax") > 0, null, LONG);
  if ((await end()) !== Date.UTC(2014, 8, 22, 11)) throw new Error(String(await end()));
  last = "2014-09-23T18:30:00Z";
  await live.clock.fastForward(62000);
  for (let n = 0; n < 50 && (await end()) < Date.UTC(2014, 8, 23); n++) {
    await live.clock.runFor(1000);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if ((await end()) !== Date.UTC(2014, 8, 23, 19)) throw new Error(String(await end()));
  await live.close();
});

await promise("what is wrong with capture stands on the live map", async () => {
  const capture = { captures: true, problem: "write journal: No space left on device", interfaces: [], dropped: 0, journal_bytes: 0, last_commit: null, sandboxed: true };
  const live = await open({ width: 1280, height: 700 });
  await live.route("**/api/v1/capture", (route) => route.fulfill({ json: capture }));
  await live.goto(`${story}#/map`);
  await live.getByRole("link", { name: "No space left on device" }).waitFor(LONG);
});

await promise("all that can be used has a name for screen readers", () =>
  page.evaluate(() =>
    [...document.querySelectorAll("button, a, input, select, textarea, [role=slider]")].every(
      (element) =>
        element.getAttribute("aria-label") || element.textContent.trim() || element.labels?.length > 0,
    ),
  ),
);
await promise("nothing was asked of any other place", () => {
  if (outside.length > 0) throw new Error(outside.join("\n"));
});
await promise("no script failed, and the content policy refused nothing", () => {
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
});

await browser.close();
finish();
