import { defineConfig } from "tsup";

export default defineConfig({ entry: ["run.ts"], format: ["esm"], target: "node22", clean: true });
