// SPDX-License-Identifier: Apache-2.0
// The live map under a filter; see 50-live-filter. Prints `ok NAME` or `FAIL NAME` for each promise.
// Arguments: the browser, the service, the program that stores N.pcap, a folder for pictures or nothing.
import { execFileSync } from "node:child_process";
import { chromium } from "../../web/node_modules/playwright-core/index.mjs";
import { finish, promise } from "./promise.mjs";

const [, , executablePath, base, nightjar, shots] = process.argv;
const PATIENCE = 30000;

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const wrong = [];
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: "dark" });
page.setDefaultTimeout(PATIENCE);
page.on("pageerror", (error) => wrong.push(String(error)));

const picture = (name) => (shots ? page.screenshot({ path: `${shots}/${name}.png` }) : null);
const filter = page.getByLabel("Filter of the map").and(page.locator("input"));
const counter = (name) => page.locator(".counters > div").filter({ has: page.locator("dt", { hasText: new RegExp(`^${name}$`) }) }).locator("dd");
const ports = () => page.locator(".side-ports a").allInnerTexts();
const inAddress = (text) => page.waitForFunction((wanted) => location.hash.includes(wanted), text);

/** Wait until the live stream is open and has found where the store stands, then store a capture. */
async function storeMore(n) {
  await page.waitForTimeout(3000);
  execFileSync(nightjar, ["ingest", "-q", `${n}.pcap`]);
}
const reaches = (sessions) => page.waitForFunction((wanted) => [...document.querySelectorAll(".counters > div")].some((each) => each.textContent === `sessions${wanted}`), sessions);

await promise("an address with a filter opens the live map under it", async () => {
  await page.goto(`${base}#/map?filter=dport%20%3D%2022`);
  await page.getByText("Nothing that fits the filter arrives now.").waitFor();
  return (await filter.inputValue()) === "dport = 22";
});
await promise("what fits is shown and counted, and nothing else", async () => {
  await storeMore(1);
  await reaches("20");
  await page.waitForTimeout(1500);
  await picture("live-filter");
  const seen = await ports();
  if (seen.join() !== "22") throw new Error(seen.join());
  if ((await counter("sources").innerText()) !== "20") throw new Error(await counter("sources").innerText());
  return (await page.locator(".counters").innerText()).includes("replays only") === false;
});
await promise("a filter that is written is completed, and goes into the address", async () => {
  await filter.fill("dpo");
  await page.waitForFunction(() => [...document.querySelectorAll("#map-filter-words option")].some((each) => each.value === "dport"));
  await filter.fill("not dport = 22");
  await filter.press("Enter");
  await inAddress("filter=not+dport+%3D+22");
  if (new URLSearchParams((await page.evaluate(() => location.hash)).split("?")[1]).has("at")) throw new Error("it is a replay now");
  await storeMore(2);
  await reaches("20");
  const seen = await ports();
  if (seen.join() !== "23") throw new Error(seen.join());
});
await promise("a wrong filter is answered with its column, once, and put right", async () => {
  let asked = 0;
  page.on("request", (request) => (asked += request.url().includes("/stream") ? 1 : 0));
  await filter.fill("dprt = 22");
  await filter.press("Enter");
  await page.getByRole("alert").getByText(/column 1: "dprt" is no field; did you mean/).waitFor();
  await page.waitForTimeout(2500);
  await picture("live-filter-wrong");
  if (asked !== 1) throw new Error(`asked ${asked} times`);
  await filter.fill("");
  await filter.press("Enter");
  await page.waitForFunction(() => !location.hash.includes("filter"));
  await page.getByText("Nothing arrives now.").waitFor();
  return (await page.getByRole("alert").count()) === 0;
});
await promise("without a filter all is shown", async () => {
  await storeMore(3);
  await reaches("40");
  return (await ports()).sort().join() === "22,23";
});
await promise("a replay from there keeps the filter, and live again too", async () => {
  await filter.fill("dport = 23");
  await filter.press("Enter");
  await inAddress("filter=dport+%3D+23");
  await page.getByLabel("Speed of the replay").selectOption("600");
  await page.getByRole("button", { name: "Replay", exact: true }).or(page.getByRole("button", { name: "▶ Replay" })).first().click();
  await inAddress("at=");
  await page.getByRole("button", { name: "Live", exact: true }).click();
  await page.waitForFunction(() => !location.hash.includes("at="));
  await inAddress("filter=dport+%3D+23");
});
await promise("no script failed", () => {
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
});

await browser.close();
finish();
