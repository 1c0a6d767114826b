import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

interface Figures {
  readonly files: number;
  readonly filesByPackage: Readonly<Record<string, number>>;
}

/** Files that a reader of one plain call has to open. A change that opens more of them raises these for a good reason. */
const most = { inAll: 90, inEngineAndRouter: 34 };

/** The script is run from its source, which Node 22.12 cannot do. */
const readsTypes = Boolean(process.features.typescript);

describe("the path of one warm chat completion", () => {
  it.runIf(readsTypes)("visits no more files than its ceilings allow", () => {
    const probe = join(import.meta.dirname, "probe.ts");
    const printPath = join(import.meta.dirname, "print-path.ts");
    const printed = execFileSync(process.execPath, ["--import", probe, printPath, "--json"], { encoding: "utf8" });
    const { files, filesByPackage } = JSON.parse(printed) as Figures;
    const { engine = 0, router = 0 } = filesByPackage;
    expect(files).toBeLessThanOrEqual(most.inAll);
    expect(engine + router).toBeLessThanOrEqual(most.inEngineAndRouter);
    // The probe saw the whole way.
    for (const name of ["gateway", "providers-openai", "core"]) expect(Object.keys(filesByPackage)).toContain(name);
  });
});
