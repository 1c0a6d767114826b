import { rateLimitHeaders } from "@modelyard/testing";
import { busyGroups, type DashboardProxy, MovableClock, startDashboardProxy } from "./dashboard-proxy.js";

const spans = 90;
const spanMs = 10_000;
const ids = ["openai-east", "openai-west", "openai-eu", "mini-1", "mini-2", "large"];

/** A proxy that has served for fifteen minutes, with an outage of one vendor. One deployment has just begun a cooldown. */
export async function startBusyProxy(): Promise<DashboardProxy> {
  const clock = new MovableClock();
  const proxy = await startDashboardProxy(busyGroups, { clock });
  for (const [index, id] of ids.entries()) answer(proxy, id, index);
  for (let span = 0; span < spans; span += 1) {
    if (span === 40) proxy.upstream.script({ host: "mini-1" }, { status: 500 });
    if (span === 52) answer(proxy, "mini-1", 3);
    const count = 3 + Math.round(2 * Math.sin(span / 7)) + (span % 3);
    const turns = Array.from({ length: count }, (_, turn) => (span + turn) % 4);
    await Promise.all(
      turns.map((turn) => proxy.chat(turn === 0 ? "gpt-4o-mini" : "gpt-4o", { stream: turn !== 1, temperature: 0.2 })),
    );
    if (span < spans - 1) clock.advance(spanMs);
  }
  proxy.upstream.script({ host: "openai-west" }, { status: 429, headers: { "retry-after": "45" } });
  proxy.upstream.script({ host: "large" }, { status: 400 });
  while (proxy.yaml.router.state().groups[0]?.deployments[1]?.health === "healthy") await proxy.chat("gpt-4o");
  await proxy.chat("gpt-4.1");
  await proxy.chat("gpt-4o", { stream: true });
  return proxy;
}

function answer({ upstream }: DashboardProxy, host: string, index: number): void {
  const remaining = 9_000 - 1_300 * index;
  const quotas = {
    requests: { limit: 10_000, remaining, resetMs: 1_000 },
    tokens: { limit: 2_000_000, remaining: remaining * 180, resetMs: 1_000 },
  };
  const usage = {
    prompt_tokens: 420,
    completion_tokens: 90,
    total_tokens: 510,
    prompt_tokens_details: { cached_tokens: 64 * index },
  };
  const behaviors = [4, 9, 6, 12, 5, 8].map((ms) => ({
    usage,
    firstTokenMs: ms + 2 * index,
    headers: rateLimitHeaders("openai", quotas, Date.now()),
  }));
  upstream.script({ host }, ...behaviors.flatMap((behavior) => [behavior, behavior]), behaviors[0]!);
}
