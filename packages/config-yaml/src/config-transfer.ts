import { Secret } from "@modelyard/core";
import { MergedPlaces } from "./merged-places.js";
import type { ParsedConfig } from "./parsed-config.js";

type Key = string | number;

/** A configuration that can be sent to another process. */
export interface TransferableConfig {
  /** Secrets do not survive the copy; `fromTransferable` restores them from `secrets`. */
  readonly config: Omit<ParsedConfig, "sourceOf" | "written">;
  /** The text of every secret, with its path in `config`. */
  readonly secrets: readonly (readonly [path: readonly Key[], text: string])[];
}

/** The source positions of all values, as data and as the functions that read it. */
export function placesOf(places: MergedPlaces): Pick<ParsedConfig, "places" | "sourceOf" | "written"> {
  return {
    places: places.data,
    sourceOf: (path) => places.placeOf(path),
    written: (path) => places.find(path),
  };
}

/** Prepares a configuration for `postMessage`, which copies plain data but neither functions nor secrets. */
export function toTransferable({
  sourceOf: _sourceOf,
  written: _written,
  ...config
}: ParsedConfig): TransferableConfig {
  const secrets: (readonly [readonly Key[], string])[] = [];
  // Structured cloning preserves shared references, so each object needs only one path.
  const seen = new Set<object>();
  const visit = (value: unknown, path: readonly Key[]): void => {
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
    if (value instanceof Secret) {
      secrets.push([path, value.reveal()]);
      return;
    }
    if (seen.has(value)) return;
    seen.add(value);
    for (const [key, entry] of Object.entries(value)) visit(entry, [...path, key]);
  };
  visit(config, []);
  return { config, secrets };
}

/** Restores a configuration that was sent through {@link toTransferable}. The received copy is modified in place. */
export function fromTransferable({ config, secrets }: TransferableConfig): ParsedConfig {
  for (const [path, text] of secrets) {
    let holder = config as unknown as Record<Key, unknown>;
    for (const key of path.slice(0, -1)) holder = holder[key] as Record<Key, unknown>;
    holder[path.at(-1) ?? ""] = new Secret(text);
  }
  return { ...config, ...placesOf(new MergedPlaces(config.places)) };
}
