import { isIPv6 } from "node:net";

export interface BannerInput {
  readonly url: string;
  readonly demo: boolean;
  readonly models: readonly string[];
  readonly hasKey: boolean;
}

/** The text that is printed when the proxy is ready: its address, and commands to try. */
export function banner({ url, demo, models, hasKey }: BannerInput): string {
  const model = models.find((name) => !name.includes("*")) ?? "gpt-4";
  const auth = hasKey ? ` \\\n    -H "authorization: Bearer $MASTER_KEY"` : "";
  const lines = [
    "",
    `  Modelyard listens on ${url}`,
    demo
      ? "  Demo: scripted vendors inside this process, no key needed."
      : `  Models: ${models.slice(0, 10).join(", ")}${models.length > 10 ? ", ..." : ""}`,
    `  Dashboard: ${url}/`,
    "",
    "  Try it:",
    `  curl ${url}/v1/chat/completions${auth} \\`,
    `    -H "content-type: application/json" \\`,
    `    -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello"}]}'`,
    "",
    "  Or with the OpenAI SDK:",
    `  import OpenAI from "openai";`,
    `  const client = new OpenAI({ baseURL: "${url}/v1", apiKey: ${hasKey ? "process.env.MASTER_KEY" : `"any"`} });`,
    `  const answer = await client.chat.completions.create({ model: "${model}", messages: [{ role: "user", content: "Hello" }] });`,
    "",
    ...(demo ? ["  Your own models: npm start -- --config config.yaml   (LiteLLM's files work unchanged)", ""] : []),
  ];
  return lines.join("\n");
}

/** The URL for a listening address. A server that listens on all addresses can be reached at `localhost`. */
export function urlOf(host: string, port: number): string {
  const all = host === "0.0.0.0" || host === "::";
  const name = all ? "localhost" : isIPv6(host) ? `[${host}]` : host;
  return `http://${name}:${String(port)}`;
}
