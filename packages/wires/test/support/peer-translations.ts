import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { WireEvent, WireName } from "../../src/index.js";
import type { JsonObject } from "../../src/json.js";
import { hasRecordings, recordingsFolder } from "./recordings.js";

/** A translation that agentgateway made, as its golden tests have it. */
export interface PeerTranslation {
  readonly name: string;
  readonly from: WireName;
  readonly to: WireName;
  readonly kind: "answer" | "request" | "stream";
  readonly given: readonly WireEvent[];
  readonly theirs: readonly WireEvent[];
}

const wireOf: Readonly<Record<string, WireName>> = {
  completions: "chat",
  messages: "messages",
  anthropic: "messages",
  responses: "responses",
};

/** All translations between two of the three wires. */
export function peerTranslations(): readonly PeerTranslation[] {
  if (!hasRecordings) return [];
  const root = join(recordingsFolder, "agentgateway");
  return [...requestsIn(join(root, "requests")), ...answersIn(join(root, "response"))];
}

function requestsIn(root: string): readonly PeerTranslation[] {
  return snapshotsIn(root).flatMap(({ folder, name, target, text, given }) => {
    const from = wireOf[folder];
    const to = wireOf[target];
    if (from === undefined || to === undefined || from === to) return [];
    const { request } = lastJson(text) as { readonly request: JsonObject };
    return [{ name: `${folder}/${name} to ${to}`, from, to, kind: "request", given: [json(given)], theirs: [request] }];
  });
}

/** Targets of answers are pairs: the vendor's wire, and the caller's. */
function answersIn(root: string): readonly PeerTranslation[] {
  return snapshotsIn(root).flatMap(({ folder, name, target, text, given }): readonly PeerTranslation[] => {
    const { caller, stream } = /^\w+-(?<caller>\w+?)(?<stream>-streaming)?$/u.exec(target)?.groups ?? {};
    const from = wireOf[folder];
    const to = wireOf[caller ?? ""];
    if (from === undefined || to === undefined || from === to) return [];
    const about = { name: `${folder}/${name} to ${to}`, from, to };
    if (stream !== undefined) return [{ ...about, kind: "stream", given: events(given), theirs: events(text) }];
    const { response } = lastJson(text) as { readonly response: JsonObject };
    return [{ ...about, kind: "answer", given: [json(given)], theirs: [response] }];
  });
}

function snapshotsIn(root: string) {
  return Object.keys(wireOf).flatMap((folder) => {
    const path = join(root, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .filter((file) => file.endsWith(".snap"))
      .toSorted()
      .flatMap((file) => {
        const [name = "", target = ""] = file.split(".");
        const source = join(path, `${name}.json`);
        if (!existsSync(source)) return [];
        return [
          { folder, name, target, text: readFileSync(join(path, file), "utf8"), given: readFileSync(source, "utf8") },
        ];
      });
  });
}

function json(text: string): JsonObject {
  return JSON.parse(text) as JsonObject;
}

/** The value of a snapshot, which follows its head. */
function lastJson(text: string): unknown {
  return JSON.parse(text.slice(text.lastIndexOf("\n---\n") + 5));
}

function events(text: string): readonly WireEvent[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).trim())
    .map((data) => (data === "[DONE]" ? data : json(data)));
}
