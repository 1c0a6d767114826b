import { didYouMean } from "@modelyard/core";
import { Command, InvalidArgumentError, Option } from "commander";
import type { CheckOptions } from "./check.js";
import { version } from "./version.js";

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError("It must be a whole number from 0 to 65535.");
  return value;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError("It must be a number of seconds, at least 0.");
  return value;
}

function workers(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1_024)
    throw new InvalidArgumentError("It must be a whole number from 1 to 1024.");
  return value;
}

function secondsAboveZero(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("It must be a number of seconds above 0.");
  return value;
}

function fileName(text: string): string {
  // What a shell makes of a variable that is not set.
  if (text === "") throw new InvalidArgumentError("It is empty: name a file.");
  return text;
}

function collected(folder: string, before: readonly string[] = []): readonly string[] {
  return [...before, fileName(folder)];
}

/** For what reads files: where included ones may be, besides the configuration's own folder. */
function includeFrom(): Option {
  return new Option("--include-from <folder>", "a folder whose files may be included; may be repeated").argParser(
    collected,
  );
}

/** For what reads files: the opposite of `--lenient`. */
function strict(): Option {
  return new Option("--strict", "turn warnings into errors").conflicts("lenient");
}

/** What to say of a word that stands where a command would. */
function noCommand(word: string): string {
  if (/\.(?:ya?ml|json)$/iu.test(word)) return `error: name the file with --config: modelyard --config ${word}`;
  const names = program.commands.map((command) => command.name());
  return `error: there is no command "${word}".${didYouMean(word, names)} See modelyard --help.`;
}

interface CheckCommand extends CheckOptions {
  readonly config?: string;
}

interface ExplainCommand extends CheckOptions {
  readonly config?: string;
  readonly model?: string;
  readonly json?: boolean;
}

// Who reads what we print may leave early (`modelyard schema | head`, a log shipper that restarts): no reason to die.
process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
  if (code === "EPIPE") return;
  process.stderr.write(`Standard output cannot be written: ${message}\n`);
  process.exitCode = 1;
});
// There is nobody left who could be told.
process.stderr.on("error", () => undefined);

const program = new Command("modelyard")
  .description("An OpenAI-compatible LLM proxy that runs LiteLLM's YAML.")
  .version(version())
  .addHelpText(
    "after",
    `
Without a command it serves: "modelyard --config config.yaml". Its options: "modelyard serve --help".
MODELYARD_LOG=debug logs every call and attempt; info (the default), warn, error or silent less.`,
  );

program
  .command("serve", { isDefault: true })
  // What is no command of ours comes here as well.
  .allowExcessArguments()
  .description("Serve a configuration, or the demo when there is none.")
  .option("-c, --config <file>", "LiteLLM's YAML", fileName)
  .option("-p, --port <number>", "port (default: 4000)", port)
  .option("--host <address>", "address (default: 127.0.0.1, or 0.0.0.0 with a master key)")
  .option("--lenient", "turn errors of the file into warnings wherever a meaning is left")
  .addOption(strict())
  .addOption(includeFrom())
  .option("--drain-seconds <seconds>", "how long live streams may go on after SIGTERM (default: 30)", seconds)
  .option("--no-watch", "do not take over changes of the file")
  .option("-w, --workers <number>", "processes that serve on the one port (default: 1)", workers)
  .option(
    "--worker-timeout <seconds>",
    "a worker that does not answer for so long is replaced (default: 15)",
    secondsAboveZero,
  )
  // LiteLLM's, so that a container's command needs no change.
  .addOption(new Option("--num_workers <number>").argParser(workers).hideHelp())
  .addOption(new Option("--debug").hideHelp())
  .addOption(new Option("--detailed_debug").hideHelp())
  .action(
    async (
      options: {
        config?: string;
        port?: number;
        host?: string;
        lenient?: boolean;
        strict?: boolean;
        includeFrom?: readonly string[];
        drainSeconds?: number;
        watch?: boolean;
        workers?: number;
        num_workers?: number;
        workerTimeout?: number;
        debug?: boolean;
        detailed_debug?: boolean;
      },
      command: Command,
    ) => {
      const [unknown] = command.args;
      if (unknown !== undefined) return program.error(noCommand(unknown));
      if (options.debug === true || options.detailed_debug === true) process.env["MODELYARD_LOG"] ??= "debug";
      const { serve } = await import("./serve.js");
      const processes = options.workers ?? options.num_workers;
      await serve(processes === undefined ? options : { ...options, workers: processes });
    },
  );

program
  .command("check")
  .description("Read a configuration and say what is wrong with it, without serving.")
  .argument("[file]", "LiteLLM's YAML", fileName)
  .option("-c, --config <file>", "the same", fileName)
  .option("--lenient", "as for serve")
  .addOption(strict())
  .option("--no-env", "take variables that are not set for set: for a check where the secrets are not")
  .addOption(includeFrom())
  .action(async (file: string | undefined, { config, ...options }: CheckCommand) => {
    const path = file ?? config;
    if (path === undefined) return program.error("error: name a file: modelyard check config.yaml");
    const { check } = await import("./check.js");
    process.stdout.write(await check(path, options));
  });

program
  .command("explain")
  .description("Say what would serve a name: in which order, under which limits, timeouts, retries and fallbacks.")
  .argument("[file]", "LiteLLM's YAML", fileName)
  .option("-c, --config <file>", "the same", fileName)
  .option("-m, --model <name>", "the name a client would send (needed)")
  .option("--lenient", "as for serve")
  .addOption(strict())
  .addOption(includeFrom())
  .option("--json", "as JSON")
  .action(async (file: string | undefined, { config, model, ...options }: ExplainCommand) => {
    const path = file ?? config;
    if (path === undefined || model === undefined)
      return program.error("error: name a file and a model: modelyard explain config.yaml --model gpt-4");
    const { explainFile } = await import("./explain.js");
    const { text, found } = await explainFile(path, { ...options, model });
    process.stdout.write(text);
    if (!found) process.exitCode = 1;
  });

program
  .command("schema")
  .description("Print the JSON Schema of the configuration, for editors and other tools.")
  .action(async () => {
    const { configJsonSchema } = await import("modelyard");
    process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  });

try {
  await program.parseAsync();
  process.exitCode ??= 0;
} catch (error) {
  // What was logged comes first: it leaves at the end of the turn.
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
