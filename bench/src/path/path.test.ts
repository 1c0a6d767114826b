import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

interface Figures {
  readonly files: number;
  readonly filesByPackage: Readonly<Record<string, number>>;
}

/** The number of files that a reader of one plain call has to open. Only raise it for a good reason. */
const most = { inAll: 45, inEngineAndRouter: 16 };

/** The script runs from its TypeScript source, which Node 22.12 does not support. */
const readsTypes = Boolean(process.features.typescript);

describe("the path of one warm chat completion", () => {
  it.runIf(readsTypes)("visits no more files than the ceilings allow", () => {
    const probe = join(import.meta.dirname, "probe.ts");
    const printPath = join(import.meta.dirname, "print-path.ts");
    const printed = execFileSync(process.execPath, ["--import", probe, printPath, "--json"], { encoding: "utf8" });
    const { files, filesByPackage } = JSON.parse(printed) as Figures;
    const { engine = 0, router = 0 } = filesByPackage;
    expect(files).toBeLessThanOrEqual(most.inAll);
    expect(engine + router).toBeLessThanOrEqual(most.inEngineAndRouter);
    // The probe recorded the whole path.
    for (const name of ["gateway", "providers-openai", "core"]) expect(Object.keys(filesByPackage)).toContain(name);
  });
});
