import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { buildPage } from "@modelyard/dashboard/build";
import { launchBrowser } from "@modelyard/repo-tests/browser";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type DashboardProxy, key, manyDeployments, startDashboardProxy, twoGroups } from "./dashboard-proxy.js";

const browser: Browser | undefined = await launchBrowser();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const screenshot = process.env["MODELYARD_SCREENSHOT"];

let proxy: DashboardProxy;
let page: Page;
const problems: string[] = [];

async function open(fileFor: Parameters<typeof startDashboardProxy>[0], hash = ""): Promise<void> {
  proxy = await startDashboardProxy(fileFor);
  page = await browser!.newPage({ viewport: { width: 1_280, height: 720 } });
  page.setDefaultTimeout(10_000);
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    // The answer to the first request, without a key, is expected to be 401.
    if (message.type() === "error" && !message.text().includes("401")) problems.push(message.text());
  });
  await page.goto(`${proxy.origin}/${hash}`);
}

async function enterKey(): Promise<void> {
  await page.getByLabel("Master key").fill(key);
  await page.getByRole("button", { name: "Open" }).click();
  await page.getByText("Live ·").waitFor();
}

async function violations(): Promise<readonly string[]> {
  // Playwright evaluates it outside of the page's content security policy.
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { run } = (
      globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
    ).axe;
    return (await run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`);
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
    const countdown = page.locator(".countdown");
    const before = await countdown.innerText();
    await page.waitForFunction(
      (text) => document.querySelector(".countdown")?.textContent.trim() !== text,
      before.trim(),
    );
    const seconds = (text: string): number => Number(text.replace("s", ""));
    expect(seconds(await countdown.innerText())).toBeLessThan(seconds(before));
    expect(await violations()).toEqual([]);
    if (screenshot !== undefined) await page.screenshot({ path: screenshot });
    await page.keyboard.press("2");
    await page.getByRole("button", { name: /served after a retry/u }).click();
    await page.getByText("rate_limit (the vendor said 429)").waitFor();
    expect(page.url()).toContain("#/requests/");
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
    await page.getByText("could serve it").first().waitFor();
    await page.goto(`${proxy.origin}/#/configuration/gpt`);
    await page.getByText("num_retries").first().waitFor();
    await page.getByLabel("Name").selectOption("spare");
    await page.getByRole("heading", { name: "spare" }).waitFor();
    expect(await violations()).toEqual([]);
  });

  it("fits a narrow screen and the dark mode, and reports that the proxy went away", async () => {
    await open(twoGroups);
    await page.setViewportSize({ width: 380, height: 700 });
    await page.emulateMedia({ colorScheme: "dark" });
    await enterKey();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(380);
    expect(await violations()).toEqual([]);
    proxy.dashboard.close();
    await page.getByText("The proxy does not respond").waitFor();
    await page.getByText("Live ·").waitFor();
  });

  it("filters a thousand deployments without holding the page for long", async () => {
    await open(manyDeployments(1_000));
    await enterKey();
    await page.getByText("Show all 1000 deployments").click();
    expect(await page.locator("tbody tr").count()).toBe(1_000);
    await page.keyboard.press("/");
    await page.keyboard.type("big-77");
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 11);
    expect(page.url()).toContain("filter=big-77");
    // Compared to the same page's own work, because machines differ: an update may not draw rows that did not change.
    const drawn = await page.evaluate(async () => {
      let count = 0;
      const watcher = new MutationObserver((changes) => {
        count += changes.length;
      });
      watcher.observe(document.querySelector("main")!, {
        subtree: true,
        childList: true,
        characterData: true,
        attributes: true,
      });
      await new Promise((resolve) => {
        setTimeout(resolve, 1_500);
      });
      return count;
    });
    expect(drawn).toBeLessThan(20);
  });
});
