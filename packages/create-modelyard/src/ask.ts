import type { Readable, Writable } from "node:stream";
import { confirm, intro, isCancel, select, text } from "@clack/prompts";
import { folderProblem } from "./write-project.js";
import type { Arguments } from "./arguments.js";
import type { PackageManager } from "./package-managers.js";
import { type TemplateName, templateNames, templates } from "./templates.js";

/** Everything that has to be known to create a project. */
export interface Answers {
  readonly folder: string;
  readonly template: TemplateName;
  readonly packageManager: PackageManager;
  readonly install: boolean;
}

export const defaultFolder = "modelyard-app";

export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/** Thrown when the user presses Ctrl+C or Escape at a question. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
}

function answered<Answer>(answer: Answer): Exclude<Answer, symbol> {
  if (isCancel(answer)) throw new Cancelled("Cancelled: nothing was written.");
  return answer as Exclude<Answer, symbol>;
}

/**
 * Asks in a terminal for what the command line does not say.
 * @param resolve - the path of a folder that the user named
 * @throws {@link Cancelled}
 */
export async function ask(
  given: Arguments,
  packageManager: PackageManager,
  resolve: (folder: string) => string,
  terminal: Terminal,
): Promise<Answers> {
  intro("Modelyard, the LLM router for TypeScript", terminal);
  const folder =
    given.folder ??
    answered(
      await text({
        message: "Which folder?",
        placeholder: defaultFolder,
        defaultValue: defaultFolder,
        validate: (name) => folderProblem(resolve(name === undefined || name === "" ? defaultFolder : name)),
        ...terminal,
      }),
    );
  const template =
    given.template ??
    answered(
      await select<TemplateName>({
        message: "What should it contain?",
        options: templateNames.map((name) => ({ value: name, label: name, hint: templates[name].title })),
        ...terminal,
      }),
    );
  const install =
    given.install ??
    answered(await confirm({ message: `Install the dependencies with ${packageManager}?`, ...terminal }));
  return { folder, template, packageManager, install };
}
