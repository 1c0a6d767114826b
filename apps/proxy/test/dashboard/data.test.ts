import { once } from "node:events";
import { get as httpGet, type IncomingMessage } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { Configured, Snapshot, Update } from "@modelyard/dashboard/data";
import { Feed } from "../../src/dashboard/feed.js";
import { type DashboardProxy, manyDeployments, startDashboardProxy, twoGroups } from "./dashboard-proxy.js";

let proxy: DashboardProxy;

afterEach(() => proxy.close());

async function snapshot(): Promise<Snapshot> {
  return (await (await proxy.get("/dashboard/snapshot")).json()) as Snapshot;
}

describe("the data of the dashboard", () => {
  it("needs the master key, while the page itself does not", async () => {
    proxy = await startDashboardProxy(twoGroups);
    for (const path of ["/dashboard/snapshot", "/dashboard/feed", "/dashboard/explain?model=gpt"]) {
      expect((await fetch(proxy.origin + path)).status).toBe(401);
      const wrong = await fetch(proxy.origin + path, { headers: { authorization: "Bearer wrong" } });
      expect(wrong.status).toBe(401);
    }
    const page = await fetch(proxy.origin);
    expect(page.headers.get("content-security-policy")).not.toContain("unsafe");
    expect(await page.text()).not.toMatch(/<script(?![^>]* src=)| on\w+=| style=/u);
  });

  it("explains a failover: each attempt, the cooldown, and the cost, without a word of the prompt", async () => {
    proxy = await startDashboardProxy(twoGroups);
    proxy.upstream.script({ host: "first" }, { status: 429, headers: { "retry-after": "30" } });
    expect(await proxy.chat("gpt")).toBe(200);
    expect(await proxy.chat("gpt")).toBe(200);
    const { requests, events, groups } = await snapshot();
    expect(requests[1]).toMatchObject({ requestedModel: "gpt", group: "gpt", deploymentId: "second", retries: 1 });
    expect(requests[1]?.attempts).toMatchObject([
      { deploymentId: "first", error: "rate_limit", status: 429 },
      { deploymentId: "second", outcome: "success" },
    ]);
    expect(requests[0]?.rejections[0]).toMatchObject({ deploymentId: "first" });
    expect(events[0]).toMatchObject({ type: "deployment_cooldown", deploymentId: "first" });
    const [first, second] = groups[0]!.deployments;
    expect(first).toMatchObject({ health: "cooling", figures: { attempts: 1, failures: 1 } });
    expect(second!.figures!.costUsd).toBeGreaterThan(0);
    expect(JSON.stringify(await snapshot())).not.toMatch(/canary/u);
  });

  it("keeps the same number of requests, however many there were and however long their names are", async () => {
    proxy = await startDashboardProxy(twoGroups);
    for (let turn = 0; turn < 210; turn += 1) await proxy.chat(`unknown-${"x".repeat(5_000)}`);
    const { requests } = await snapshot();
    expect(requests).toHaveLength(200);
    expect(requests[0]).toMatchObject({ sequence: 210, error: "model_not_found", status: 404 });
    expect(requests[0]!.requestedModel).toHaveLength(200);
  });

  it("sends only what has changed after the first message, and ends when the proxy stops", async () => {
    proxy = await startDashboardProxy(twoGroups);
    const feed = (await proxy.get("/dashboard/feed")).body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await feed.read()).value).toMatch(/^event: snapshot\n/u);
    await proxy.chat("spare");
    let update: Update | undefined;
    while (update === undefined || update.requests.length === 0) {
      const { value = "" } = await feed.read();
      update = JSON.parse(value.split("data: ")[1]!) as Update;
    }
    expect(update.deployments.map(({ id }) => id)).toEqual(["third"]);
    proxy.dashboard.close();
    for (let done = false; !done;) ({ done } = await feed.read());
  });

  it("says what would serve a request, and where each setting comes from", async () => {
    proxy = await startDashboardProxy(twoGroups);
    const answer = await proxy.get("/dashboard/explain?model=gpt&tokens=500000&tools=1");
    const { deployments, fallbacks, values } = (await answer.json()) as Configured;
    expect(deployments[0]?.rejection).toContain("tokens");
    expect(fallbacks).toEqual(["spare"]);
    expect(values.find(({ label }) => label === "num_retries")).toMatchObject({
      value: "1",
      origin: expect.stringMatching(/:\d+$/u) as string,
    });
    expect(JSON.stringify(deployments)).not.toMatch(/canary/u);
    expect((await proxy.get("/dashboard/explain?model=gpt&tokens=x")).status).toBe(400);
  });

  it("lists at most 20 of the deployments that were passed over, however many there are", async () => {
    proxy = await startDashboardProxy(manyDeployments(50));
    expect(await proxy.chat("big", { messages: [{ role: "user", content: "word ".repeat(40_000) }] })).toBe(400);
    const { requests } = await snapshot();
    expect(requests[0]!.rejections).toHaveLength(20);
    expect(requests[0]!.moreRejections).toBe(30);
  });

  it("sends a page that reads slowly no more than what is kept", async () => {
    proxy = await startDashboardProxy(twoGroups);
    const feed = new Feed(proxy.dashboard.source(proxy.yaml));
    feed.next();
    for (let turn = 0; turn < 210; turn += 1) await proxy.chat("unknown");
    const update = JSON.parse(feed.next().split("data: ")[1]!) as Update;
    expect(update.requests).toHaveLength(200);
    expect(update.requests[0]!.sequence).toBe(210);
  });

  it("serves at most 16 pages at once, and again when one is closed", async () => {
    proxy = await startDashboardProxy(twoGroups);
    const feeds = await Promise.all(Array.from({ length: 16 }, () => proxy.get("/dashboard/feed")));
    const refused = await proxy.get("/dashboard/feed");
    expect(refused.status).toBe(429);
    expect(await refused.text()).toContain("already open in 16 pages");
    await feeds[0]!.body!.cancel();
    await expect.poll(async () => (await proxy.get("/dashboard/feed")).status, { timeout: 10_000 }).toBe(200);
  });

  it("is open if the proxy has no key, but not to a name that another page could point here", async () => {
    proxy = await startDashboardProxy(twoGroups, { general: "{}" });
    expect((await fetch(`${proxy.origin}/dashboard/snapshot`)).status).toBe(200);
    for (const path of ["/", "/dashboard/snapshot", "/dashboard/feed", "/dashboard/explain?model=gpt"]) {
      const request = httpGet(proxy.origin + path, { headers: { host: "attacker.example" } });
      const [response] = (await once(request, "response")) as [IncomingMessage];
      expect(response.statusCode).toBe(403);
      response.destroy();
    }
  });
});
