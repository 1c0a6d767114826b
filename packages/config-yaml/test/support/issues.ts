import { ConfigError, type ConfigIssue, parseConfig, type ParseOptions } from "../../src/index.js";

/** The issues that a file named `f.yaml` is refused with; none if it is accepted. */
export function issues(text: string, options: ParseOptions = {}): readonly ConfigIssue[] {
  try {
    parseConfig(text, { file: "f.yaml", ...options });
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}
