import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { WireName } from "../../src/index.js";
import { isJsonObject, type JsonObject } from "../../src/json.js";

/**
 * Recorded answers of vendors. They are not part of the repository: `MODELYARD_FIXTURES` names their folder, and tests that
 * need them are skipped if it is not set.
 */
export const recordingsFolder = process.env["MODELYARD_FIXTURES"] ?? "";

export const hasRecordings = recordingsFolder !== "";

export interface Recording {
  readonly name: string;
  readonly wire: WireName;
  /** One for an answer. A file may hold several streams. */
  readonly events: readonly JsonObject[];
  readonly stream: boolean;
}

/** All recordings of answers on one of the three wires. */
export function recordings(): readonly Recording[] {
  if (!hasRecordings) return [];
  const root = join(recordingsFolder, "vercel-ai");
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .toSorted()
    .flatMap((path) => {
      const file = join(root, path);
      if (path.endsWith(".chunks.txt")) return streamsIn(file, relative(root, file));
      return path.endsWith(".json") ? answerIn(file, relative(root, file)) : [];
    });
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function answerIn(file: string, name: string): readonly Recording[] {
  const body = parsed(readFileSync(file, "utf8"));
  const wire = body === undefined ? undefined : wireOfAnswer(body);
  return body === undefined || wire === undefined ? [] : [{ name, wire, events: [body], stream: false }];
}

function wireOfAnswer(body: JsonObject): WireName | undefined {
  if (body["type"] === "message") return "messages";
  if (body["object"] === "response") return "responses";
  return Array.isArray(body["choices"]) && body["object"] === "chat.completion" ? "chat" : undefined;
}

function streamsIn(file: string, name: string): readonly Recording[] {
  const events = readFileSync(file, "utf8")
    .split("\n")
    .map((line) => parsed(line.replace(/^data: /u, "")))
    .filter((event) => event !== undefined);
  const [first] = events;
  const wire = first === undefined ? undefined : wireOfEvent(first);
  if (wire === undefined) return [];
  const parts = split(events);
  return parts.map((part, index) => ({
    name: parts.length === 1 ? name : `${name} (${String(index + 1)})`,
    wire,
    events: part,
    stream: true,
  }));
}

function wireOfEvent(event: JsonObject): WireName | undefined {
  if (event["type"] === "message_start") return "messages";
  if (event["type"] === "response.created") return "responses";
  return event["object"] === "chat.completion.chunk" ? "chat" : undefined;
}

/** The steps of a recorded conversation, each of which is a stream of its own. */
function split(events: readonly JsonObject[]): readonly (readonly JsonObject[])[] {
  const parts: JsonObject[][] = [];
  for (const event of events) {
    const last = parts.at(-1);
    const begins = event["type"] === "message_start" || event["type"] === "response.created";
    if (last === undefined || begins) parts.push([event]);
    else last.push(event);
  }
  return parts;
}
