import type { Reporter, TestModule } from "vitest/node";

/** Ends every run with one line: `N passed, N failed, N skipped`. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) counts[test.result().state] += 1;
      if (module.state() === "failed" && !tests.some((test) => test.result().state === "failed")) counts.failed += 1;
    }
    const skipped = counts.skipped + counts.pending;
    process.on("exit", () => {
      console.log(
        `${String(counts.passed)} passed, ${String(counts.failed)} failed${skipped === 0 ? "" : `, ${String(skipped)} skipped`}`,
      );
    });
  }
}
