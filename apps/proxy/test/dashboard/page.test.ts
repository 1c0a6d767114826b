import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildPage } from "@modelyard/dashboard/build";
import { launchBrowser } from "@modelyard/repo-tests/browser";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startBusyProxy } from "./busy-proxy.js";
import {
  type DashboardProxy,
  key,
  manyDeployments,
  type ProxyOptions,
  startDashboardProxy,
  twoGroups,
} from "./dashboard-proxy.js";

const browser: Browser | undefined = await launchBrowser();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** The folder to which the pictures of the documentation are written. */
const pictures = process.env["MODELYARD_SCREENSHOTS"];

let proxy: DashboardProxy;
let page: Page;
const problems: string[] = [];

async function visit(started: DashboardProxy, hash = ""): Promise<void> {
  proxy = started;
  page = await browser!.newPage({ viewport: { width: 1_280, height: 720 }, reducedMotion: "reduce" });
  page.setDefaultTimeout(10_000);
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    // The answer to a wrong key is expected to be 401.
    if (message.type() === "error" && !message.text().includes("401")) problems.push(message.text());
  });
  await page.goto(`${proxy.origin}/${hash}`);
}

async function open(
  fileFor: Parameters<typeof startDashboardProxy>[0],
  hash = "",
  options?: ProxyOptions,
): Promise<void> {
  await visit(await startDashboardProxy(fileFor, options), hash);
}

function live(): Promise<void> {
  return page.getByRole("status").getByText("Live").waitFor();
}

async function enterKey(): Promise<void> {
  await page.getByLabel("Master key").fill(key);
  await page.getByRole("button", { name: "Open" }).click();
  await live();
}

async function violations(): Promise<readonly string[]> {
  // Playwright evaluates it outside of the page's content security policy.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { run } = (
      globalThis as unknown as {
        axe: {
          run(context: Document, options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
        };
      }
    ).axe;
    return (await run(document, { resultTypes: ["violations"] })).violations.map(
      ({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`,
    );
  });
  return found;
}

describe("the page of the dashboard", () => {
  it("is smaller than 100 KB compressed", async () => {
    const { html, script, style } = await buildPage();
    expect(gzipSync(html + script + style).length).toBeLessThan(100_000);
  });
});

describe.skipIf(browser === undefined)("the page of the dashboard in a browser", () => {
  beforeAll(() => {
    problems.length = 0;
  });

  afterEach(async () => {
    await page.close();
    await proxy.close();
    // oxlint-disable-next-line vitest/no-standalone-expect -- no test may cause an error in the page
    expect(problems.splice(0)).toEqual([]);
  });

  afterAll(() => browser?.close());

  it("asks for the master key, and keeps it out of the address and all storage", async () => {
    await open(twoGroups);
    await page.getByLabel("Master key").fill("wrong");
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByText("This key is not valid.").waitFor();
    expect(await violations()).toEqual([]);
    await enterKey();
    const kept = await page.evaluate(() =>
      [
        location.href,
        JSON.stringify(localStorage),
        JSON.stringify(sessionStorage),
        document.cookie,
        document.documentElement.outerHTML,
      ].join(" "),
    );
    expect(kept).not.toContain("canary");
  });

  it("shows a failover while it happens, explains it, and counts its cooldown down", async () => {
    await open(twoGroups);
    await enterKey();
    proxy.upstream.script({ host: "first" }, { status: 429, headers: { "retry-after": "30" } });
    await proxy.chat("gpt");
    await proxy.chat("gpt", { stream: true });
    await page.locator("tr.cooling").getByText("rate_limit").waitFor();
    const seconds = async (): Promise<number> =>
      Number((await page.locator(".countdown").innerText()).replace("s", "").trim());
    const before = await seconds();
    expect(before).toBeGreaterThan(20);
    await expect.poll(seconds, { timeout: 10_000 }).toBeLessThan(before);
    expect(await violations()).toEqual([]);
    await page.keyboard.press("2");
    await page.getByRole("button", { name: /served after a retry/u }).waitFor();
    // The newest request is the first row, and the one with the retry the second.
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByText("rate_limit (the vendor said 429)").waitFor();
    expect(page.url()).toContain("#/requests/");
    expect(await violations()).toEqual([]);
    await page.locator(".waterfall").getByRole("link", { name: "first" }).click();
    await page.getByRole("heading", { name: "first" }).waitFor();
    await page.getByText(/in cooldown for \d+ s because of rate_limit/u).waitFor();
    expect(await violations()).toEqual([]);
    await page.keyboard.press("3");
    await page.getByText(/in cooldown for \d+ s because of rate_limit/u).waitFor();
    expect(await violations()).toEqual([]);
  });

  it("explains the configuration and a request that was not made, from links", async () => {
    await open(twoGroups, "#/what-if?model=gpt&tokens=500000");
    await enterKey();
    await page.locator("li.bad").first().waitFor();
    expect(await violations()).toEqual([]);
    await page.getByLabel("Tokens of the prompt").fill("10");
    await page.keyboard.press("Tab");
    await page.getByText("could serve it", { exact: true }).first().waitFor();
    expect(page.url()).toContain("tokens=10");
    await page.goto(`${proxy.origin}/#/configuration/gpt`);
    await page.getByRole("rowheader", { name: "num_retries", exact: true }).first().waitFor();
    await page.getByLabel("With defaults").check();
    await page.getByRole("rowheader", { name: "allowed_fails", exact: true }).first().waitFor();
    await page.getByLabel("Name").selectOption("spare");
    await page.getByRole("heading", { name: "spare" }).waitFor();
    expect(await violations()).toEqual([]);
  });

  it("needs no key if the proxy has none, shows how to send a first request, and the keys", async () => {
    await open(twoGroups, "#/requests", { general: "{}" });
    await live();
    await page.getByText("No requests yet.").waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    expect(await violations()).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "hidden" });
    await page.keyboard.press("3");
    await page.getByText("Nothing has happened").waitFor();
  });

  it("sends the key in the header that the file names, and says that it shows one worker of several", async () => {
    const general = `{ master_key: ${key}, litellm_key_header_name: X-My-Key }`;
    await open(twoGroups, "", { general, worker: { number: 2, of: 4 } });
    await enterKey();
    await page.getByText("This is worker 2 of 4.").waitFor();
    expect(await page.locator("tbody tr").count()).toBe(3);
    expect(await violations()).toEqual([]);
  });

  it("shows markup in the name of a model as text", async () => {
    await open(twoGroups, "#/requests");
    await enterKey();
    const name = `<img src=x onerror="document.title='broken'">`;
    await proxy.chat(name + "x".repeat(10_000));
    await page.getByText(name).waitFor();
    expect(await page.title()).toBe("Modelyard");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1_280);
  });

  it("reports that the proxy went away, and continues when it is back", async () => {
    await open(twoGroups);
    await enterKey();
    proxy.dashboard.close();
    await page.getByText("The proxy closed the connection").waitFor();
    await live();
    await proxy.chat("spare");
    await page.getByRole("row", { name: "third" }).getByText("100%").first().waitFor();
    expect(await page.getByRole("status").innerText()).toBe("Live");
  });

  it("draws only what changes of a thousand deployments, and filters them", async () => {
    await open(manyDeployments(1_000));
    await enterKey();
    await page.getByText("Show all 1000 deployments").click();
    expect(await page.locator("tbody tr").count()).toBe(1_000);
    // The rows are counted, because machines differ in their speed: an update may not draw rows that did not change.
    const drawn = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const rows = new Set<Element>();
          const watcher = new MutationObserver((changes) => {
            for (const { target } of changes) {
              const row = (target instanceof Element ? target : target.parentElement)?.closest("tbody tr");
              if (row !== null && row !== undefined) rows.add(row);
              if (row?.textContent.includes("100%") === true) resolve(rows.size);
            }
          });
          const watched = { subtree: true, childList: true, characterData: true, attributes: true };
          watcher.observe(document.querySelector("main")!, watched);
        }),
    );
    await proxy.chat("big");
    expect(await drawn).toBeLessThan(5);
    await page.keyboard.press("/");
    await page.keyboard.type("big-77");
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 11);
    expect(page.url()).toContain("filter=big-77");
  });

  it("fits wide and narrow screens, light and dark, while it is busy", async () => {
    await visit(await startBusyProxy());
    await enterKey();
    await page.locator("tr.cooling .countdown").waitFor();
    expect(await violations()).toEqual([]);
    await picture("dashboard");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.goto(`${proxy.origin}/#/requests?only=failovers`);
    await page
      .getByRole("button", { name: /served after a retry/u })
      .first()
      .click();
    await page.locator(".waterfall").waitFor();
    expect(await violations()).toEqual([]);
    await picture("dashboard-requests");
    await page.setViewportSize({ width: 375, height: 812 });
    for (const tab of ["1", "2", "3", "4", "5"]) {
      await page.keyboard.press(tab);
      await page.locator("[aria-current=page]").waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
    }
    await page.keyboard.press("1");
    await page.locator("tr.cooling .countdown").waitFor();
    expect(await violations()).toEqual([]);
    await picture("dashboard-narrow");
  });
});

/** Writes a picture for the documentation, if it was asked for. */
async function picture(name: string): Promise<void> {
  if (pictures === undefined) return;
  const { width = 0, height = 0 } = page.viewportSize() ?? {};
  const bytes = await page.screenshot({ clip: { x: 0, y: 0, width, height: width < 1_000 ? height : 600 } });
  writeFileSync(join(pictures, `${name}.png`), bytes);
  expect(bytes.length).toBeLessThan(100_000);
}
