import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { settingsPage } from "./support/settings-page.js";

describe("docs/settings.md", () => {
  it("matches the table of settings", async () => {
    await expect(settingsPage).toMatchFileSnapshot(fileURLToPath(new URL("../docs/settings.md", import.meta.url)));
  });
});
