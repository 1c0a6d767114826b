import { breaks, faultNames, refuses, replies, type Upstream } from "@modelyard/testing";

const statuses = [400, 401, 404, 408, 409, 429, 500, 502, 503, 529];

/** Two healthy hosts, and two that show every fault and every status now and then. */
export function scriptVendors(upstream: Upstream, random: () => number): void {
  const share = 1 / (2 * (faultNames.length + statuses.length));
  for (const host of ["flaky", "shaky"]) {
    const now = { host, when: () => random() < share };
    for (const fault of faultNames) upstream.script(now, breaks(fault, { faultAfter: 3, commentMs: 200 }));
    for (const status of statuses) upstream.script(now, refuses(status));
  }
  const text = "The quick brown fox jumps over the lazy dog, again and again. ".repeat(4);
  for (const host of ["one", "two"]) upstream.script({ host }, replies(text, { firstTokenMs: 5, gapMs: 1 }));
}

/** Model groups: healthy, flaky, with a fallback or a second order, and at their limits. */
export function configuration(upstream: Upstream): string {
  const entry = (group: string, host: string, more = ""): string => `
  - model_name: ${group}
    litellm_params: { model: openai/gpt-4o, api_key: sk-soak-key, api_base: "${upstream.url(host)}/v1"${more} }`;
  const entries = [
    entry("good", "one"),
    entry("good", "two", ", rpm: 100000"),
    entry("flaky", "flaky"),
    entry("flaky", "shaky"),
    entry("spare", "one"),
    entry("limited", "two", ", rpm: 300, tpm: 100000"),
    entry("told", "flaky"),
    entry("told", "one", ", order: 2"),
  ];
  return `model_list:${entries.join("")}
router_settings:
  routing_strategy: latency-based-routing
  num_retries: 2
  timeout: 2
  stream_timeout: 1
  cooldown_time: 1
  fallbacks: [{ flaky: [spare] }]
  mid_stream_fallback: continue
litellm_settings:
  callbacks: [prometheus]
  cache: true
  cache_params: { type: local, ttl: 5, single_flight: true, max_bytes: 2000000 }
`;
}
