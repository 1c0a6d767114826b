import { mistypedNames, nearNames } from "@modelyard/core/kit";
import type { Path } from "./path.js";
import type { Finding } from "./findings.js";

/**
 * Settings that are dangerous to lose, such as a limit, key or fallback that the author of the file relies on. A key
 * that adds a word before or after one of them, such as `rpm_limit`, is therefore an error too.
 */
const vital = [
  "rpm",
  "tpm",
  "max_parallel_requests",
  "weight",
  "timeout",
  "stream_timeout",
  "num_retries",
  "retry_policy",
  "fallbacks",
  "context_window_fallbacks",
  "content_policy_fallbacks",
  "default_fallbacks",
  "allowed_fails",
  "cooldown_time",
  "routing_strategy",
  "model_group_alias",
  "api_key",
  "api_base",
  "master_key",
];

function hasOneMoreWord(key: string, known: string): boolean {
  return key.startsWith(`${known}_`) || key.endsWith(`_${known}`);
}

/** The settings that an unknown key was probably meant to be. Empty if it resembles none; LiteLLM ignores such keys. */
export function meantKeys(key: string, known: readonly string[]): readonly string[] {
  const mistyped = mistypedNames(key, known);
  if (mistyped.length > 0) return mistyped;
  return vital.filter((name) => known.includes(name) && hasOneMoreWord(key, name));
}

/** The settings to suggest for a key, most probable first. */
export function suggestedKeys(key: string, known: readonly string[]): readonly string[] {
  return [...new Set([...meantKeys(key, known), ...nearNames(key, known)])].slice(0, 3);
}

/** The sentence ` Did you mean ...?`, or an empty string. */
export function suggestion(key: string, known: readonly string[]): string {
  const names = suggestedKeys(key, known);
  return names.length === 0 ? "" : ` Did you mean ${names.map((name) => `"${name}"`).join(" or ")}?`;
}

/** The finding for a key that has no effect. */
export function unknownKey(path: Path, known: readonly string[], remedy: string): Finding {
  const key = String(path.at(-1));
  const hint = suggestion(key, known);
  return { path, message: `unknown key, so it has no effect.${hint || ` ${remedy}`}`, unknown: true };
}

/** Collects findings about keys, and merges those about the same key at several places. */
export class KeyFindings {
  readonly #found = new Map<string, { readonly finding: Finding; count: number }>();

  add(key: string, finding: Finding): void {
    const known = this.#found.get(key);
    if (known === undefined) this.#found.set(key, { finding, count: 1 });
    else known.count += 1;
  }

  all(): readonly Finding[] {
    return [...this.#found.values()].map(({ finding, count }) => {
      if (count === 1) return finding;
      const others = count === 2 ? "1 other place" : `${String(count - 1)} other places`;
      return { ...finding, message: `${finding.message} (Also in ${others}.)` };
    });
  }
}
