import { jsonLines, type Tool, type WireName } from "../tool.js";

/** The packages with which it speaks each wire. It contains them, so nothing is downloaded. */
const packages: Readonly<Record<WireName, string>> = {
  chat: "@ai-sdk/openai-compatible",
  messages: "@ai-sdk/anthropic",
  responses: "@ai-sdk/openai",
};

function opencode(wire: WireName): Tool {
  const model = "fast";
  return {
    title: `opencode (${packages[wire]})`,
    command: "opencode",
    wire,
    model,
    readFile: (id, file) => ({ id, name: "read", arguments: JSON.stringify({ filePath: file }) }),
    runCommand: (id, command) => ({
      id,
      name: "bash",
      arguments: JSON.stringify({ command, description: "Runs a command" }),
    }),
    start: ({ origin, key }, prompt) => ({
      args: ["run", "--format", "json", "--model", `modelyard/${model}`, prompt],
      env: { OPENCODE_DISABLE_AUTOUPDATE: "1", OPENCODE_DISABLE_MODELS_FETCH: "1", OPENCODE_DISABLE_LSP_DOWNLOAD: "1" },
      files: {
        "opencode.json": JSON.stringify({
          autoupdate: false,
          share: "disabled",
          provider: {
            modelyard: {
              npm: packages[wire],
              name: "Modelyard",
              options: { baseURL: `${origin}/v1`, apiKey: key },
              models: { [model]: { name: "Fast", limit: { context: 100_000, output: 8_000 } } },
            },
          },
        }),
      },
    }),
    // For OpenAI's models it would, but it does not know the name of this one.
    keepsReasoning: wire === "messages",
    read: (stdout) => {
      const printed = jsonLines(stdout) as readonly {
        readonly type?: string;
        readonly part?: { readonly text?: string };
        readonly error?: unknown;
      }[];
      const texts = printed.flatMap(({ type, part }) => (type === "text" ? [part?.text ?? ""] : []));
      const errors = printed.flatMap(({ type, error }) => (type === "error" ? [JSON.stringify(error)] : []));
      return { text: texts.at(-1) ?? "", errors };
    },
    // It continues, but reports by its exit code that there was an error.
    onOverflow: { compacts: true, error: /ContextOverflowError/u, exitCode: 1 },
  };
}

export const opencodes: readonly Tool[] = (["chat", "messages", "responses"] as const).map(opencode);
