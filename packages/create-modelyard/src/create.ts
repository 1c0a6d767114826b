import { resolve } from "node:path";
import { help, readArguments } from "./arguments.js";
import { type Answers, ask, Cancelled, defaultFolder, type Terminal } from "./ask.js";
import { currentPackageManager, type PackageManager } from "./package-managers.js";
import { templateNames, templates } from "./templates.js";
import { UsageError } from "./usage-error.js";
import { folderProblem, ownVersion, writeProject } from "./write-project.js";

/** Everything outside of the command, so that tests can replace it. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** `undefined` if questions cannot be asked. */
  readonly terminal: Terminal | undefined;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Runs `install` of a package manager. @returns why it failed, or `undefined` */
  readonly install: (packageManager: PackageManager, folder: string) => Promise<string | undefined>;
}

/**
 * The command: reads its arguments, asks for the rest, writes the project, installs its dependencies.
 * @returns the exit code
 */
export async function create(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    return await run(args, surroundings);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof Cancelled)) throw error;
    surroundings.writeError(`${error.message}\n`);
    return 1;
  }
}

async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { cwd, write } = surroundings;
  const given = readArguments(args);
  if (given.show !== undefined) {
    write(given.show === "help" ? help : `${ownVersion()}\n`);
    return 0;
  }
  // Found before the first question, since no answer would help.
  const problem = given.folder === undefined ? undefined : folderProblem(resolve(cwd, given.folder));
  if (problem !== undefined) throw new UsageError(problem);
  const answers = await answersOf(given, surroundings);
  const { folder, template, packageManager } = answers;
  const files = writeProject({ folder: resolve(cwd, folder), template });
  write(`\nWrote ${String(files.length)} files to ${folder}.\n`);
  const failure = answers.install ? await surroundings.install(packageManager, resolve(cwd, folder)) : undefined;
  const isInstalled = answers.install && failure === undefined;
  write(nextSteps(answers, isInstalled));
  if (failure === undefined) return 0;
  throw new UsageError(`The project is complete, but its dependencies are not installed: ${failure}`);
}

async function answersOf(given: ReturnType<typeof readArguments>, surroundings: Surroundings): Promise<Answers> {
  const { cwd, env, terminal } = surroundings;
  const packageManager = given.packageManager ?? currentPackageManager(env);
  const { folder, template, install = true } = given;
  const isComplete = folder !== undefined && template !== undefined;
  if (given.yes || (isComplete && (given.install !== undefined || terminal === undefined)))
    return { folder: folder ?? defaultFolder, template: template ?? "router", packageManager, install };
  if (terminal !== undefined) return ask(given, packageManager, (name) => resolve(cwd, name), terminal);
  throw new UsageError(
    `There is no terminal to ask questions in. Name a folder and a template (${templateNames.join(", ")}): npm create modelyard my-app -- --template router`,
  );
}

/** The commands that lead from the new project to its first run. */
function nextSteps({ folder, template, packageManager }: Answers, isInstalled: boolean): string {
  const { starts } = templates[template];
  const steps = [
    ...(folder === "." ? [] : [`cd ${/\s/u.test(folder) ? JSON.stringify(folder) : folder}`]),
    ...(isInstalled ? [] : [`${packageManager} install`]),
    // `bun test` would run Bun's own test runner.
    packageManager === "bun" ? "bun run test" : `${packageManager} test`,
    ...(starts ? ["cp .env.example .env  # then write your keys into it", `${packageManager} start`] : []),
  ];
  return `\nNext:\n${steps.map((step) => `  ${step}\n`).join("")}`;
}
