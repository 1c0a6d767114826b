import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { refuses, startUpstream } from "@modelyard/testing";
import { Cli, type Run } from "../test/support/run-cli.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard-"));
let cli: Cli;

beforeAll(async () => {
  cli = await Cli.build("cli");
});
afterEach(() => {
  cli.stop();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: readonly string[]): Run => cli.run(args);

const hello = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ model: "gpt-4", stream: true, messages: [{ role: "user", content: "hi" }] }),
};

function file(text: string): string {
  const path = join(folder, "config.yaml");
  writeFileSync(path, text);
  return path;
}

describe("the modelyard command", () => {
  it("serves the demo without a file, prints an example call, and shuts down gracefully on SIGTERM", async () => {
    const running = run("serve", "--port", "0");
    const [, url] = await running.waitForOutput(/listens on (http:\S+)/u);
    expect(running.output()).toContain("curl ");
    expect(running.output()).toContain("new OpenAI(");
    const response = await fetch(`${url!}/v1/chat/completions`, hello);
    running.child.kill("SIGTERM");
    expect(await response.text()).toContain("[DONE]");
    expect(await running.exited).toBe(0);
  });

  it("accepts the options that LiteLLM's container uses", async () => {
    const path = file(
      "model_list: [{ model_name: m, litellm_params: { model: openai/x, api_key: k, mock_response: hi } }]\n",
    );
    const running = run("--config", path, "--port", "0", "--num_workers", "1", "--detailed_debug", "--run_gunicorn");
    await running.waitForOutput(/--run_gunicorn has no effect here/u);
    const [, url] = await running.waitForOutput(/listens on (http:\S+)/u);
    await fetch(`${url!}/v1/chat/completions`, { ...hello, body: hello.body.replace("gpt-4", "m") });
    await running.waitForOutput(/"level":"debug"/u);
    running.child.kill("SIGTERM");
    expect(await running.exited).toBe(0);
  });

  it("listens on the port of PORT and the address of MODELYARD_HOST, unless options name others", async () => {
    const env = { PORT: "0", MODELYARD_HOST: "0.0.0.0" };
    const byVariables = cli.run(["serve"], { env });
    await byVariables.waitForOutput(/listens on http:\/\/\S+:[1-9]\d*/u);
    await byVariables.waitForOutput(/anyone who can reach 0\.0\.0\.0 can make requests/u);
    byVariables.child.kill("SIGTERM");
    const wrong = cli.run(["serve"], { env: { PORT: "70000" } });
    expect(await wrong.exited).toBe(2);
    expect(wrong.output()).toContain("It must be a whole number from 0 to 65535.");
    const empty = cli.run(["serve"], { env: { PORT: "" } });
    expect(await empty.exited).toBe(2);
    const byOption = cli.run(["serve", "--port", "0", "--host", "127.0.0.1"], { env: { ...env, PORT: "70000" } });
    await byOption.waitForOutput(/listens on http:\/\/127\.0\.0\.1:/u);
    expect(byOption.output()).not.toContain("anyone who can reach");
    byOption.child.kill("SIGTERM");
    expect(await byVariables.exited).toBe(0);
  });

  it("reports that the port is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const running = run("serve", "--port", String((server.address() as AddressInfo).port));
    expect(await running.exited).toBe(1);
    expect(running.output()).toContain("is in use. Choose another with --port");
    server.close();
  });

  it("reports that the address does not belong to this machine", async () => {
    const running = run("serve", "--port", "0", "--host", "192.0.2.1");
    expect(await running.exited).toBe(1);
    expect(running.output()).toContain("this machine has no such address. Choose another with --host");
  });

  it("reports every error of a file with its place", async () => {
    const path = file(
      "model_list:\n  - model_name: gpt-4\n    litellm_params:\n      model: openai/gpt-4\n      api_key: os.environ/SURELY_NOT_SET\n      rmp: 5\nrouter_settings:\n  num_retires: 3\n",
    );
    const running = run("check", path);
    expect(await running.exited).toBe(1);
    const output = running.output();
    expect(output).toContain(
      `${path}:5:7 model_list[0].litellm_params.api_key: the environment variable SURELY_NOT_SET is not set`,
    );
    expect(output).toMatch(/:6:7 model_list\[0\]\.litellm_params\.rmp: .*Did you mean "rpm"/u);
    expect(output).toMatch(/:8:3 router_settings\.num_retires: .*Did you mean "num_retries"/u);
  });

  it("summarizes a valid file", async () => {
    const running = run(
      "check",
      file("model_list:\n  - model_name: gpt-4\n    litellm_params: { model: openai/gpt-4, api_key: k }\n"),
    );
    expect(await running.exited).toBe(0);
    expect(running.output()).toContain("gpt-4  1 deployment  simple-shuffle");
  });

  it("logs a failed request once, without the vendor's message, which may quote the prompt or the key", async () => {
    const upstream = await startUpstream();
    const failure = { error: { message: "a prompt, sk-canary-key", code: "server_error" } };
    upstream.script({}, refuses(500, { body: JSON.stringify(failure) }));
    const path = file(
      `model_list:\n  - model_name: gpt-4\n    litellm_params: { model: openai/gpt-4, api_key: sk-canary-key, api_base: "${upstream.url("a")}/v1" }\nrouter_settings: { num_retries: 0 }\n`,
    );
    const running = run("serve", "--config", path, "--port", "0");
    const [, url] = await running.waitForOutput(/listens on (http:\S+)/u);
    expect((await fetch(`${url!}/v1/chat/completions`, hello)).status).toBe(500);
    await running.waitForOutput(/"msg":"request failed"/u);
    running.child.kill("SIGTERM");
    expect(await running.exited).toBe(0);
    const warnings = running.output().match(/^\{"level":"(?:warn|error)".*$/gmu) ?? [];
    expect(warnings.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: "warn", group: "gpt-4", error: "internal_server", status: 500, code: "server_error" },
    ]);
    expect(running.output()).not.toMatch(/a prompt|canary/u);
    await upstream.close();
  });

  it("explains which deployments would serve a model name, with the lines of the file", async () => {
    const path = file(
      "model_list:\n  - model_name: gpt-4\n    litellm_params: { model: openai/gpt-4, api_key: k, rpm: 5, order: 2 }\n  - model_name: gpt-4\n    litellm_params: { model: openai/gpt-4o, api_key: k, order: 1 }\n" +
        "  - model_name: spare\n    litellm_params: { model: claude-2, api_key: k }\nrouter_settings: { model_group_alias: { four: gpt-4 }, num_retries: 7, fallbacks: [{ gpt-4: [spare] }] }\n",
    );
    const running = run("explain", path, "--model", "four");
    expect(await running.exited).toBe(0);
    const output = running.output();
    expect(output).toContain('four  served by the group "gpt-4"');
    expect(output).toContain("defaults: routing_strategy simple-shuffle");
    expect(output.indexOf("openai/gpt-4o")).toBeLessThan(output.search(/rpm +5/u));
    expect(output).toContain(`${path}:5`);
    expect(output).toMatch(/num_retries +7/u);
    const json = run("explain", "--config", path, "--model", "gpt-4", "--json");
    expect(await json.exited).toBe(0);
    expect(JSON.parse(json.output())).toMatchObject({
      file: path,
      models: [{ found: true, fallbacks: { general: ["spare"] } }],
    });
    const missing = run("explain", path, "--model", "gpt-5");
    expect(await missing.exited).toBe(1);
    expect(missing.output()).toContain('Did you mean "gpt-4"');
  });

  it("suggests existing commands and options", async () => {
    const running = run("--help");
    expect(await running.exited).toBe(0);
    expect(running.output()).toContain("serve [options] ");
    expect(running.output()).not.toContain("unknown");
  });

  it("prints the JSON Schema for editors", async () => {
    const running = run("schema");
    expect(await running.exited).toBe(0);
    expect(JSON.parse(running.output())).toHaveProperty("properties.model_list");
  });

  it("ends without an error when its output is no longer read: `modelyard schema | head`", async () => {
    const running = run("schema");
    running.child.stdout?.destroy();
    expect([await running.exited, running.output()]).toEqual([0, ""]);
  });

  describe.skipIf(!existsSync("/dev/full"))("on a full disk", () => {
    let full: number;
    beforeAll(() => {
      full = openSync("/dev/full", "w");
    });
    afterAll(() => {
      closeSync(full);
    });

    it("serves, with one worker and with two", async () => {
      for (const workers of ["1", "2"]) {
        const running = cli.run(["--port", "0", "--workers", workers], { stdout: full });
        await running.waitForOutput(/^Standard output cannot be written: ENOSPC.*$/mu);
        running.child.kill("SIGTERM");
        expect(await running.exited).toBe(0);
      }
    });

    it("reports that it could not print its output, and fails", async () => {
      const running = cli.run(["schema"], { stdout: full });
      expect(await running.exited).toBe(1);
      expect(running.output()).toMatch(/^Standard output cannot be written: ENOSPC.*\n$/u);
    });
  });

  it.each([
    [["serve", "--port", "many"], "whole number"],
    [["serves"], 'unknown command "serves". Did you mean "serve"?'],
    [["chekc", "config.yaml"], 'unknown command "chekc". Did you mean "check"?'],
    [["config.yaml"], "name the file with --config: modelyard --config config.yaml"],
    [["check"], "name a file"],
    [["check", ""], "A file name is required."],
    [["--config", ""], "A file name is required."],
    [["explain"], "name a file: modelyard explain config.yaml"],
    [["doctor"], "name a file: modelyard doctor config.yaml"],
    [["doctor", "config.yaml", "--concurrency", "0"], "It must be a whole number from 1 to 32."],
    [["check", "config.yaml", "--strict", "--lenient"], "cannot be used with"],
    [["check", "config.yaml", "--jsno"], "Did you mean --json?"],
  ] as const)("explains what is wrong with the arguments %j, and exits with 2", async (args, message) => {
    const running = run(...args);
    expect(await running.exited).toBe(2);
    expect(running.output()).toContain(message);
  });

  it("reports a file that cannot be read, and exits with 1", async () => {
    for (const args of [
      ["serve", "--config", "/surely/not/there.yaml"],
      ["check", "/surely/not/there.yaml"],
      ["explain", "/surely/not/there.yaml"],
      ["doctor", "/surely/not/there.yaml"],
    ]) {
      const running = run(...args);
      expect(await running.exited).toBe(1);
      expect(running.output()).toContain("no such file");
    }
  });

  it("colors its output where it is asked to, and otherwise only in a terminal", async () => {
    const path = file("model_list:\n  - { model_name: m, litellm_params: { model: openai/m, api_key: k } }\n");
    const escape = "\u001B[";
    for (const command of ["check", "explain"]) {
      const plain = run(command, path);
      await plain.exited;
      expect(plain.output()).not.toContain(escape);
      const colored = cli.run([command, path], { env: { FORCE_COLOR: "1" } });
      await colored.exited;
      expect(colored.output()).toContain(escape);
    }
  });

  it("writes a file for the keys in the environment, which it can serve", async () => {
    const path = join(folder, "written.yaml");
    const env = { OPENAI_API_KEY: "sk-canary", ANTHROPIC_API_KEY: "sk-canary" };
    const running = cli.run(["init", path], { env });
    expect(await running.exited).toBe(0);
    expect(running.output()).toContain("is valid.");
    const again = cli.run(["init", path], { env });
    expect(await again.exited).toBe(1);
    expect(again.output()).toContain("exists already and was not changed");
    const serving = cli.run(["--config", path, "--port", "0"], { env });
    await serving.waitForOutput(/listens on/u);
    serving.child.kill("SIGTERM");
    expect(await serving.exited).toBe(0);
  });
});
