import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { countUpTo, fileName, includeFrom, lenient, strict } from "../arguments.js";
import type { SimulateOptions } from "./simulate.js";

interface SimulateCommand extends SimulateOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly html?: string;
}

const mostRequests = 10_000_000;
const mostProcesses = 1_024;
const mostSeeds = 4_294_967_295;

function perSecond(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("It must be a number above 0.");
  return value;
}

function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/**
 * Adds the command to a program.
 * @param fileOf - the file, which can be an argument or an option
 */
export function addSimulate(
  program: Command,
  fileOf: (command: string, file: string | undefined, config: string | undefined) => string,
): void {
  program
    .command("simulate")
    .description("Compare strategies on a virtual clock, against models of the deployments. No vendor is called.")
    .argument("[file]", "LiteLLM's YAML", fileName)
    .option("-c, --config <file>", "same as [file]", fileName)
    .option("-m, --model <name>", "the model name that is called (default: the first group)")
    .option("--compare <strategies>", "strategies, separated by commas (default: the file's own)")
    .option("--sweep <values>", "values of an argument, as in routing_strategy_args.ttl=10,60,300")
    .option("--workload <kind>", "steady, bursty, diurnal, sessions, or a file of CSV or JSON lines", "steady")
    .addOption(
      new Option("--lengths <kind>", "whose lengths prompts and answers have").choices([
        "conversations",
        "code",
        "long",
      ]),
    )
    .option("--requests <number>", "how many requests are made", countUpTo(mostRequests), 5_000)
    .option("--rate <number>", "requests per second", perSecond, 5)
    .option("--seed <number>", "the same seed gives the same result", countUpTo(mostSeeds), 1)
    .option("--processes <number>", "processes that share the requests", countUpTo(mostProcesses), 1)
    .option("--deployments <file>", "JSON that says what deployments are like, by id or model", fileName)
    .option("--outage <times>", "a deployment that answers 503, as in gpt-4o=60-180; can be repeated", repeated)
    .option(
      "--price <prices>",
      "other prices, as in gpt-4o=2.5,10 (US dollars per million tokens); can be repeated",
      repeated,
    )
    .option("--add <deployment>", "one more deployment like this one, by id or model; can be repeated", repeated)
    .addOption(lenient())
    .addOption(strict())
    .addOption(includeFrom())
    .option("--json", "print JSON")
    .option("--html <file>", "also write a page with plots", fileName)
    .action(async (file: string | undefined, { config, json, html, ...options }: SimulateCommand) => {
      const path = fileOf("simulate", file, config);
      const { simulateFile } = await import("./simulate.js");
      const { comparisonReport } = await import("./comparison-report.js");
      const { stderr, stdout } = process;
      const result = await simulateFile(path, options, (line) => {
        if (stderr.isTTY) stderr.write(`\r${line}   `);
      });
      if (stderr.isTTY) stderr.write("\r\u001B[K");
      if (html !== undefined) {
        const { htmlReport } = await import("./html-report.js");
        await writeFile(html, htmlReport(result, `Simulation of ${basename(path)}`));
      }
      stdout.write(json === true ? `${JSON.stringify(result, null, 2)}\n` : comparisonReport(result));
    });
}
