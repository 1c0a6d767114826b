import { jsonLines, type Tool } from "../tool.js";

function claudeCode(model: string): Tool {
  return {
    title: `Claude Code (${model})`,
    command: "claude",
    wire: "messages",
    model,
    readFile: (id, file) => ({ id, name: "Read", arguments: JSON.stringify({ file_path: file }) }),
    runCommand: (id, command) => ({
      id,
      name: "Bash",
      arguments: JSON.stringify({ command, description: "Runs a command" }),
    }),
    start: ({ origin, key }, prompt) => ({
      args: ["-p", prompt, "--model", model, "--output-format", "json", "--dangerously-skip-permissions"],
      env: {
        ANTHROPIC_BASE_URL: origin,
        ANTHROPIC_API_KEY: key,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_AUTOUPDATER: "1",
        DISABLE_ERROR_REPORTING: "1",
        DISABLE_TELEMETRY: "1",
        // Otherwise, it refuses to run commands without asking if the user is root, as in a container.
        IS_SANDBOX: "1",
      },
      files: {},
    }),
    keepsReasoning: true,
    read: (stdout) => {
      const [result] = jsonLines(stdout);
      const text = typeof result?.["result"] === "string" ? result["result"] : "";
      return { text, errors: result?.["is_error"] === true ? [text] : [] };
    },
    onOverflow: { compacts: true, error: undefined, exitCode: 0 },
  };
}

/** For a name that it does not know, it sends adaptive thinking, an effort, and a system message among the messages. */
export const claudeCodes: readonly Tool[] = [claudeCode("claude-sonnet-4-5"), claudeCode("fast")];
