import { didYouMean } from "@modelyard/core/kit";
import { Command, Option } from "commander";
import {
  countUpTo,
  fileName,
  includeFrom,
  lenient,
  noEnv,
  port,
  seconds,
  secondsAboveZero,
  strict,
} from "./arguments.js";
import type { CheckOptions } from "./check.js";
import type { DoctorOptions } from "./doctor/doctor.js";
import { addLitellmOptions, ignoredOptions, type LitellmOptions, wantsDebug } from "./litellm-options.js";
import type { ServeOptions } from "./serve.js";
import { addSimulate } from "./simulate/command.js";
import { paintFor } from "./terminal/paint.js";
import { version } from "./version.js";

/** The error message for an unknown command. */
function noCommand(word: string): string {
  if (/\.(?:ya?ml|json)$/iu.test(word)) return `error: name the file with --config: modelyard --config ${word}`;
  const names = program.commands.map((command) => command.name());
  return `error: unknown command "${word}".${didYouMean(word, names)} See modelyard --help.`;
}

interface CheckCommand extends CheckOptions {
  readonly config?: string;
  readonly json?: boolean;
}

interface ExplainCommand extends CheckCommand {
  readonly model?: string;
}

interface DoctorCommand extends DoctorOptions {
  readonly config?: string;
}

/** The exit code for wrong arguments. Other failures have 1. */
const wrongUsage = 2;

// The reader of the output may close it early, as in `modelyard schema | head`, which is not an error.
process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
  if (code === "EPIPE") return;
  process.stderr.write(`Standard output cannot be written: ${message}\n`);
  process.exitCode = 1;
});
// If standard error cannot be written, there is nowhere left to report that.
process.stderr.on("error", () => undefined);

/** The file of a command that takes it as an argument or as an option. */
function fileOf(command: string, file: string | undefined, config: string | undefined): string {
  return file ?? config ?? program.error(`error: name a file: modelyard ${command} config.yaml`);
}

const program = new Command("modelyard")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : wrongUsage))
  .description("An OpenAI-compatible LLM proxy that runs LiteLLM's YAML.")
  .version(version())
  .addHelpText(
    "after",
    `
Without a command, modelyard serves: "modelyard --config config.yaml". See "modelyard serve --help" for its options.
Exit codes: 0 for success, 1 for a file that is not valid or another failure, 2 for wrong arguments.
MODELYARD_LOG sets the log level: debug (every call and attempt), info (the default), warn, error or silent.`,
  );

addLitellmOptions(program.command("serve", { isDefault: true }))
  // `serve` is the default command, so unknown commands arrive here as arguments.
  .allowExcessArguments()
  .description("Serve a configuration, or the demo if none is given.")
  .option("-c, --config <file>", "LiteLLM's YAML", fileName)
  .addOption(new Option("-p, --port <number>", "port (default: 4000)").env("PORT").argParser(port))
  .option("--host <address>", "address (default: 127.0.0.1, or 0.0.0.0 with a master key)")
  .addOption(lenient())
  .addOption(strict())
  .addOption(includeFrom())
  .option("--drain-seconds <seconds>", "how long running requests may continue after SIGTERM (default: 30)", seconds)
  .option("--no-dashboard", "do not serve the web page, and do not record requests for it")
  .option("--no-watch", "do not reload the file when it changes")
  .option("-w, --workers <number>", "processes that share the port (default: 1)", countUpTo(1_024))
  .option(
    "--worker-timeout <seconds>",
    "replace a worker that does not respond for this long (default: 15)",
    secondsAboveZero,
  )
  .option("--record <file>", "append each request, without its prompt, as a workload for modelyard simulate", fileName)
  .action(async (options: ServeOptions & LitellmOptions, command: Command) => {
    const [unknown] = command.args;
    if (unknown !== undefined) return program.error(noCommand(unknown));
    if (wantsDebug(options, process.env)) process.env["MODELYARD_LOG"] ??= "debug";
    const { serve } = await import("./serve.js");
    const processes = options.workers ?? options.num_workers;
    const ignored = ignoredOptions(options);
    await serve({ ...options, ignored, ...(processes === undefined ? {} : { workers: processes }) });
  });

program
  .command("check")
  .description("Validate a configuration without serving it.")
  .argument("[file]", "LiteLLM's YAML", fileName)
  .option("-c, --config <file>", "same as [file]", fileName)
  .addOption(lenient())
  .addOption(strict())
  .addOption(noEnv())
  .addOption(includeFrom())
  .option("--json", "print JSON")
  .action(async (file: string | undefined, { config, json, ...options }: CheckCommand) => {
    const path = fileOf("check", file, config);
    const { check } = await import("./check.js");
    const { checkReport } = await import("./check-report.js");
    const result = await check(path, options);
    process.stdout.write(json === true ? inJson(result) : checkReport(result, paintFor(process.stdout)));
    if (!result.valid) process.exitCode = 1;
  });

program
  .command("explain")
  .description(
    "Show which deployments would serve a model name, with their order, limits, timeouts, retries and fallbacks.",
  )
  .argument("[file]", "LiteLLM's YAML", fileName)
  .option("-c, --config <file>", "same as [file]", fileName)
  .option("-m, --model <name>", "the model name a client would send (default: all model groups)")
  .addOption(lenient())
  .addOption(strict())
  .addOption(includeFrom())
  .option("--json", "print JSON")
  .action(async (file: string | undefined, { config, json, ...options }: ExplainCommand) => {
    const path = fileOf("explain", file, config);
    const { explainFile } = await import("./explain/explain.js");
    const { explainReport } = await import("./explain/explain-report.js");
    const result = await explainFile(path, options);
    process.stdout.write(json === true ? inJson(result) : explainReport(result, paintFor(process.stdout)));
    if (result.models.some(({ found }) => !found)) process.exitCode = 1;
  });

program
  .command("init")
  .description("Write a configuration for the keys that are in the environment.")
  .argument("[file]", "the file to write; an existing one is not changed (default: config.yaml)", fileName)
  .action(async (file: string | undefined) => {
    const { init } = await import("./init/init.js");
    process.stdout.write(await init(file ?? "config.yaml", process.env, paintFor(process.stdout)));
  });

program
  .command("doctor")
  .description("Call every deployment once, with a tiny prompt, and show which of them work.")
  .argument("[file]", "LiteLLM's YAML", fileName)
  .option("-c, --config <file>", "same as [file]", fileName)
  .option("-m, --model <name>", "call only the deployments that would serve this name")
  .option("-y, --yes", "do not ask before calling; required without a terminal")
  .option("--concurrency <number>", "calls at the same time (default: 4)", countUpTo(32))
  .option("--timeout <seconds>", "how long to wait for each answer (default: 30)", secondsAboveZero)
  .addOption(lenient())
  .addOption(includeFrom())
  .option("--json", "print JSON")
  .action(async (file: string | undefined, { config, ...options }: DoctorCommand) => {
    const path = fileOf("doctor", file, config);
    const { doctor } = await import("./doctor/doctor.js");
    process.exitCode = await doctor(path, options);
  });

addSimulate(program, fileOf);

program
  .command("schema")
  .description("Print the JSON Schema of the configuration, for editors and other tools.")
  .action(async () => {
    const { configJsonSchema } = await import("modelyard");
    process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  });

function inJson(result: unknown): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}

try {
  await program.parseAsync();
  process.exitCode ??= 0;
} catch (error) {
  // Log lines are written at the end of the turn. Wait for it, so that they come first.
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
