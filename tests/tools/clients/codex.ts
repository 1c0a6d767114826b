import type { ScriptedToolCall } from "@modelyard/testing";
import { jsonLines, type Tool, type WireName } from "../tool.js";

type MakeCall = (id: string, command: string, wire: WireName) => ScriptedToolCall;

/** For most models, Codex offers its shell as a function. */
const shellFunction: MakeCall = (id, command) => ({
  id,
  name: "exec_command",
  arguments: JSON.stringify({ cmd: command }),
});

/**
 * For GPT-5.6, Codex offers a custom tool inside a namespace, which takes a program. In front of vendors that know only
 * functions, the router offers it as a function with one argument.
 */
const programTool: MakeCall = (id, command, wire) => {
  const program = `text(await tools.exec_command(${JSON.stringify({ cmd: command })}))`;
  if (wire === "responses") return { id, name: "exec", namespace: "functions", kind: "custom", arguments: program };
  return { id, name: "functions__exec", arguments: JSON.stringify({ input: program }) };
};

function codex(model: string, runCommand: MakeCall): Tool {
  return {
    title: `Codex (${model})`,
    command: "codex",
    wire: "responses",
    model,
    readFile: (id, file, wire) => runCommand(id, `cat ${file}`, wire),
    runCommand,
    start: ({ origin, key }, prompt) => ({
      args: ["exec", "--json", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", prompt],
      env: { MODELYARD_KEY: key },
      files: {
        "~/.codex/config.toml": [
          `model = "${model}"`,
          'model_provider = "modelyard"',
          "check_for_update_on_startup = false",
          "[analytics]",
          "enabled = false",
          "[model_providers.modelyard]",
          'name = "Modelyard"',
          `base_url = "${origin}/v1"`,
          'wire_api = "responses"',
          'env_key = "MODELYARD_KEY"',
        ].join("\n"),
      },
    }),
    keepsReasoning: true,
    read: (stdout) => {
      const printed = jsonLines(stdout) as readonly {
        readonly type?: string;
        readonly message?: string;
        readonly item?: { readonly type?: string; readonly text?: string };
      }[];
      const texts = printed.flatMap(({ type, item }) =>
        type === "item.completed" && item?.type === "agent_message" ? [item.text ?? ""] : [],
      );
      const errors = printed.flatMap(({ type, message }) => (type === "error" ? [message ?? ""] : []));
      return { text: texts.at(-1) ?? "", errors };
    },
    onOverflow: { compacts: false, error: /ran out of room in the model's context window/u, exitCode: 1 },
  };
}

export const codexes: readonly Tool[] = [codex("fast", shellFunction), codex("gpt-5.6-sol", programTool)];
