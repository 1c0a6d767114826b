import { type Command, Option } from "commander";
import { countUpTo } from "./arguments.js";

/** Options about LiteLLM's web servers and database. A container's command may contain them, and they have no meaning here. */
const ignored = [
  "--telemetry <boolean>",
  "--local",
  "--run_gunicorn",
  "--run_hypercorn",
  "--run_granian",
  "--granian_threads <number>",
  "--keepalive_timeout <seconds>",
  "--timeout_worker_healthcheck <seconds>",
  "--max_requests_before_restart <number>",
  "--max_requests_before_restart_jitter <number>",
  "--use_prisma_db_push",
  "--enforce_prisma_migration_check",
  "--use_v2_migration_resolver",
  "--use_legacy_migration_resolver",
] as const;

export interface LitellmOptions {
  readonly num_workers?: number;
  readonly debug?: boolean;
  readonly detailed_debug?: boolean;
}

/** Adds LiteLLM's options for serving, so that the command of a container needs no change. */
export function addLitellmOptions(command: Command): Command {
  command
    .addOption(new Option("--num_workers <number>").env("NUM_WORKERS").argParser(countUpTo(1_024)).hideHelp())
    .addOption(new Option("--debug").hideHelp())
    .addOption(new Option("--detailed_debug").hideHelp());
  for (const flags of ignored) command.addOption(new Option(flags).hideHelp());
  return command;
}

/** The given options that have no effect, as they are written. */
export function ignoredOptions(options: object): readonly string[] {
  return ignored.map((flags) => flags.split(" ", 1).join()).filter((flag) => Object.hasOwn(options, flag.slice(2)));
}

/** Whether LiteLLM's options, or the variables for them, ask for a log of every call. */
export function wantsDebug({ debug, detailed_debug }: LitellmOptions, env: NodeJS.ProcessEnv): boolean {
  const { DETAILED_DEBUG = "", LITELLM_LOG = "" } = env;
  const detailed = /^(?:1|true|t|yes|y|on)$/iu.test(DETAILED_DEBUG);
  return debug === true || detailed_debug === true || detailed || LITELLM_LOG.toLowerCase() === "debug";
}
