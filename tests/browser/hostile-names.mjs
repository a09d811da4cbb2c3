// SPDX-License-Identifier: Apache-2.0
// Goes through all pages of a console whose store holds markup wherever there are names; see
// 40-hostile-names. Arguments: the browser, the service's address, the markup.
import { chromium } from "../../web/node_modules/playwright-core/index.mjs";
import { finish, promise } from "./promise.mjs";

const [, , executablePath, service, markup] = process.argv;
const LONG = { timeout: 20000 };
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"] });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
const wrong = [];
page.on("pageerror", (error) => wrong.push(String(error)));
page.on("console", (message) => message.type() === "error" && !/status of 40[04]/.test(message.text()) && wrong.push(message.text()));

const shown = ["visits", "source/198.51.100.7", "health", `search?q=${encodeURIComponent(markup)}`, `port/${encodeURIComponent(markup)}`, `actor/${encodeURIComponent(markup)}`, `visits?filter=${encodeURIComponent(markup)}`];
const others = ["map?at=2020-05-01T10:00:00Z&speed=60", "suspects", "actors", "hops", "families", "ports", "port/23", "countries", "findings", "briefs", "decisions", "feeds", `family/${encodeURIComponent(markup)}`, `hop/${encodeURIComponent(`${markup}>${markup}`)}`, encodeURIComponent(markup)];

for (const name of [...shown, ...others])
  await promise(`nothing on "${decodeURIComponent(name).split("?")[0]}" becomes an element`, async () => {
    await page.goto(`${service}#/${name}`);
    await page.locator("main h1, main .empty, main [role=alert]").first().waitFor({ state: "attached", ...LONG });
    await page.waitForFunction(() => !document.querySelector("[aria-busy], .waiting"), null, LONG);
    await page.waitForTimeout(name.startsWith("map") ? 2500 : 200);
    if (["visits", "source/198.51.100.7", "health"].includes(name)) await page.getByText("<img src=x").first().waitFor({ state: "attached", ...LONG });
    return (await page.locator("img").count()) === 0;
  });

await promise("the rows of an IPv6 source are those of its /64", async () => {
  await page.goto(`${service}#/suspects`);
  await page.getByRole("link", { name: "2001:db8:9:9::", exact: true }).first().click(LONG);
  await page.getByRole("link", { name: "Stored rows" }).click(LONG);
  await page.locator("main tbody tr", { hasText: "2001:db8:9:9::1" }).first().waitFor(LONG);
});

await promise("completion offers it as text", async () => {
  await page.goto(`${service}#/visits`);
  await page.locator("#filter").fill("sensor = ");
  await page.waitForFunction(() => [...document.querySelectorAll("#filter-words option")].some((each) => each.value.startsWith("sensor = ")), null, LONG);
  const offered = await page.locator("#filter-words option").evaluateAll((all) => all.map((each) => each.value));
  return offered.includes(`sensor = "${markup}"`) && (await page.locator("img").count()) === 0;
});
await promise("and what is offered is a filter", async () => {
  await page.locator("#filter").fill(`sensor = "${markup}"`);
  await page.locator("#filter").press("Enter");
  await page.locator("main tbody tr").first().waitFor(LONG);
});
await promise("no script ran or failed, and the content policy had nothing to refuse", () => {
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
});
await browser.close();
finish();
