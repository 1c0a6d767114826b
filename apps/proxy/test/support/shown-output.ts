import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A page of the documentation that shows files, and what commands print. */
export interface ShownPage {
  /** The YAML blocks, in their order. */
  readonly files: readonly string[];
  /** The output that the page shows for a command, each time that it does. */
  shown(command: string): readonly string[];
}

/** @param name - the page below `docs` */
export function readShownPage(name: string): ShownPage {
  const page = readFileSync(fileURLToPath(new URL(`../../../../docs/${name}`, import.meta.url)), "utf8");
  return {
    files: [...page.matchAll(/^```yaml\n(?<text>[^]*?)^```/gmu)].map(({ groups }) => groups?.["text"] ?? ""),
    shown: (command) =>
      [...page.matchAll(/^```text\n\$ (?<command>.*)\n(?<output>[^]*?)^```/gmu)]
        .filter(({ groups }) => groups?.["command"] === command)
        .map(({ groups }) => groups?.["output"] ?? ""),
  };
}
