// SPDX-License-Identifier: Apache-2.0
// Compares the charts of documents with their JSON; see 20-documents. Prints `ok NAME` or
// `FAIL NAME` for each promise. Arguments: the browser, the folder of the documents, a folder for
// pictures or nothing.
import { readFile } from "node:fs/promises";
import { chromium } from "../../web/node_modules/playwright-core/index.mjs";
import { finish, promise } from "./promise.mjs";

const [, , executablePath, folder, shots] = process.argv;

function near(found, wanted, slack, what) {
  if (!(Math.abs(found - wanted) <= slack)) throw new Error(`${what}: ${found}, expected ${wanted}`);
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const context = await browser.newContext({ offline: true, viewport: { width: 1280, height: 900 } });
const asked = [];
const wrong = [];

/** Open a document; all of its pictures as numbers. */
async function open(name) {
  const page = await context.newPage();
  page.on("request", (request) => asked.push(request.url()));
  page.on("dialog", (dialog) => { wrong.push(dialog.message()); dialog.dismiss(); });
  page.on("pageerror", (error) => wrong.push(String(error)));
  await page.goto(`file://${folder}/${name}.html`);
  const charts = await page.evaluate(() =>
    [...document.querySelectorAll("svg.nj")].map((svg) => ({
      text: svg.textContent,
      seen: svg.getBoundingClientRect().width > 300,
      bars: [...svg.querySelectorAll("rect.bar")].map((bar) => {
        const box = bar.getBBox();
        return { x: box.x, y: box.y, width: box.width, height: box.height };
      }),
      labels: [...svg.querySelectorAll("text.label")].map((text) => text.textContent),
      notes: [...svg.querySelectorAll("text.soft")].map((text) => text.textContent),
      lines: [...svg.querySelectorAll("path.path")].map((path) => path.getAttribute("d")),
    })),
  );
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
  return [page, charts, JSON.parse(await readFile(`${folder}/${name}.json`, "utf8"))];
}

const [brief, charts, facts] = await open("brief");
const bars = charts.filter((chart) => chart.bars.length > 0);
const lines = charts.filter((chart) => chart.lines.length > 0);

// weeks of few sources have no share, and a country without any has no chart of them
const drawn = facts.countries.filter((country) => country.weeks.some((week) => week.share !== null));

await promise("a brief has a chart of ports and one of weeks for each country with data", () => {
  const told = facts.countries.filter((country) => country.data === "shares").length;
  return told > 1 && bars.length === told && lines.length === drawn.length && charts.every((chart) => chart.seen);
});

for (const [at, country] of facts.countries.entries()) {
  await promise(`the bars of ${country.name} are as long as its shares`, () => {
    const chart = bars[at];
    if (chart.bars.length !== country.ports.length) throw new Error(`${chart.bars.length} bars`);
    const scale = chart.bars[0].width / country.ports[0].share;
    country.ports.forEach((port, i) => {
      near(chart.bars[i].width, port.share * scale, 0.6, `bar of ${port.port}`);
      if (port.proto !== 1 && !chart.labels[i].startsWith(`${port.port}/`)) throw new Error(chart.labels[i]);
      if (port.share >= 0.01 && !chart.notes[i].startsWith(`${(100 * port.share).toFixed(1)} %`))
        throw new Error(`${chart.notes[i]}, expected ${port.share}`);
    });
  });
}

for (const [at, country] of drawn.entries())
  await promise(`the lines of ${country.name} are as high as its weekly shares`, () => {
    // every y is one straight function of the share, over all lines of the chart
    const points = [];
    const series = new Map();
    for (const week of country.weeks) {
      const key = `${week.proto}/${week.port}`;
      series.set(key, [...(series.get(key) ?? []), week.share]);
    }
    [...series.values()].forEach((shares, i) => {
      const ys = [...lines[at].lines[i].matchAll(/[ML]\s*(-?[\d.]+)[ ,](-?[\d.]+)/g)].map((match) => Number(match[2]));
      const told = shares.filter((share) => share !== null);
      if (ys.length !== told.length) throw new Error(`line ${i}: ${ys.length} points of ${told.length}`);
      told.forEach((share, k) => points.push([share, ys[k]]));
    });
    points.sort((a, b) => a[0] - b[0]);
    const [low, high] = [points[0], points.at(-1)];
    if (!(high[0] > low[0] && high[1] < low[1])) throw new Error("a larger share is not higher");
    for (const [share, y] of points)
      near(y, low[1] + ((share - low[0]) / (high[0] - low[0])) * (high[1] - low[1]), 0.6, `share ${share}`);
  });

const [dossier, pictures, source] = await open("dossier");

await promise("the timeline has every address of the actor and its leading port", () => {
  const text = pictures[0].text;
  return source.sources.length > 1 && source.sources.every((one) => text.includes(one.source) && text.includes(String(one.ports[0].port)));
});

await promise("the fields of weekday and hour are as large as their sessions", () => {
  const fields = pictures[1].bars;
  const sessions = source.hours.filter((hour) => hour.sessions > 0);
  if (fields.length !== sessions.length) throw new Error(`${fields.length} fields of ${sessions.length}`);
  const most = Math.max(...sessions.map((hour) => hour.sessions));
  const largest = Math.max(...fields.map((field) => field.width * field.height));
  fields.forEach((field, i) => near((field.width * field.height) / largest, sessions[i].sessions / most, 0.03, `field ${i}`));
});

await promise("the table of packets has a row for each, and no address of the sensor", async () => {
  const rows = await dossier.locator("h2:has-text('Sampled packets') + table tbody tr, h2:has-text('Sampled packets') + * tbody tr").count();
  const text = await dossier.locator("body").innerText();
  if (rows !== source.packets.length || rows === 0) throw new Error(`${rows} rows of ${source.packets.length}`);
  return !/203\.0\.113\.\d/.test(text) && !/203\.0\.113\.\d/.test(JSON.stringify(source));
});

await promise("hostile notes are shown as they were written, and nothing else", async () => {
  await brief.getByText("<img src=x onerror=alert(1)>").first().waitFor();
  await dossier.getByText("<img src=x onerror=alert(1)>").first().waitFor();
  for (const page of [brief, dossier])
    if ((await page.locator("img, script, a[href^='javascript'], [onload], [onerror]").count()) > 0) return false;
});

for (const [name, page] of [["brief", brief], ["dossier", dossier]])
  await promise(`nothing of the ${name} is wider than the page`, () =>
    page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));

await promise("no table has to be pushed aside at a desk", async () => {
  for (const page of [brief, dossier]) {
    const wide = await page.evaluate(() => [...document.querySelectorAll(".wide")].filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.innerText.slice(0, 60)));
    if (wide.length > 0) throw new Error(wide.join("\n"));
  }
});

await promise("nothing is loaded, and nothing ran", () => {
  const other = asked.filter((url) => !url.startsWith(`file://${folder}/`) && !url.startsWith("data:"));
  if (other.length > 0 || asked.length !== 2 || wrong.length > 0) throw new Error([...asked, ...wrong].join("\n"));
});

await browser.close();
finish();
