import type { CallOptions, JsonObject } from "@modelyard/core";
import { type AffinityKey, isJsonObject, type OperationRow, sha256Hex } from "@modelyard/core/kit";
import { digestPrompt, type PromptBeginning } from "./prompt-digest.js";

/** Longer ids are cut off. */
const longestId = 512;
/** Limit for the callers whose seeds are remembered. */
const mostSeeds = 1_000;

/** The facts of a call that identify its session. */
export interface SessionFacts {
  readonly options: Pick<CallOptions, "caller" | "forwardHeaders" | "metadata" | "session">;
  readonly request: JsonObject;
  readonly row: Pick<OperationRow, "name" | "promptParts">;
}

/** What identifies a session. Contains nothing that the caller sent, only hashes. */
export interface SessionKey {
  readonly kind: AffinityKey;
  /** Where the key is from, e.g. `prompt_cache_key`. */
  readonly source: string;
  /** Names the session in this and all other processes. */
  readonly id: string;
  /** Under which ids the session may be known, the most specific one first. */
  readonly lookups: readonly string[];
  /** The ids under which its next requests look for it, with the tokens up to there if they are known. */
  readonly stores: readonly { readonly id: string; readonly tokens: number | undefined }[];
}

/** The headers with which tools name a session, in the order in which they count, by the ends of their names. */
const sessionHeaders: readonly RegExp[] = [/(?:^|-)session[-_]id$/u, /^thread-id$/u, /^x-session-affinity$/u];
/** Names a part of a session with a prompt of its own. That of the part that started it also ends like this. */
const agentHeader = /(?<!parent)-agent-id$/u;

/** A session in the `user_id` of tools that send no header. */
const sessionInUserId = /session_(?:id":\s*")?(?<id>[\w-]{8,64})/u;

interface Found {
  readonly kind: AffinityKey;
  readonly source: string;
  readonly value: string;
}

const seeds = new Map<string, string>();

/** What the ids of a group's sessions begin with, apart for each caller: others can neither guess nor meet them. */
function seedOf(caller: string | undefined, group: string): string {
  const name = JSON.stringify([caller ?? null, group]);
  let seed = seeds.get(name);
  if (seed === undefined) {
    seed = sha256Hex(`affinity:${name}`);
    if (seeds.size >= mostSeeds) seeds.clear();
    seeds.set(name, seed);
  }
  return seed;
}

/** The id of a session, which does not reveal what it is made of. */
export function sessionId(caller: string | undefined, group: string, kind: AffinityKey, value: string): string {
  return sha256Hex(`${seedOf(caller, group)}:${kind}:${value.slice(0, longestId)}`).slice(0, 24);
}

/** The most specific key of a call among those that are enabled. `undefined`: it has none. */
export function keyOf(facts: SessionFacts, group: string, enabled: ReadonlySet<AffinityKey>): SessionKey | undefined {
  const { options, request } = facts;
  if (facts.row.promptParts === undefined) return undefined;
  const found =
    (enabled.has("session") ? sessionOf(facts) : undefined) ??
    (enabled.has("response") ? responseOf(request) : undefined);
  if (found !== undefined) return named(found, options.caller, group);
  const prompt = enabled.has("prompt") ? promptKey(facts, group) : undefined;
  if (prompt !== undefined) return prompt;
  const user = enabled.has("user") ? userOf(facts) : undefined;
  return user === undefined ? undefined : named(user, options.caller, group);
}

function named({ kind, source, value }: Found, caller: string | undefined, group: string): SessionKey {
  const id = sessionId(caller, group, kind, value);
  return { kind, source, id, lookups: [id], stores: kind === "response" ? [] : [{ id, tokens: undefined }] };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function sessionOf({ options, request }: SessionFacts): Found | undefined {
  const as = (source: string, value: string | undefined): Found | undefined =>
    value === undefined ? undefined : { kind: "session", source, value: `${source}:${value}` };
  return (
    as("session", textOf(options.session) ?? textOf(options.metadata?.["session_id"])) ??
    as("prompt_cache_key", textOf(request["prompt_cache_key"])) ??
    headerOf(options.forwardHeaders) ??
    as("metadata.user_id", userSession(request["metadata"])) ??
    as("conversation", conversationOf(request["conversation"]))
  );
}

function headerOf(headers: CallOptions["forwardHeaders"]): Found | undefined {
  if (headers === undefined) return undefined;
  const names = Object.keys(headers);
  for (const pattern of sessionHeaders) {
    const source = names.find((name) => pattern.test(name) && headers[name] !== "");
    if (source === undefined) continue;
    const agent = names.find((name) => agentHeader.test(name));
    const part = agent === undefined ? "" : (headers[agent] ?? "");
    return { kind: "session", source, value: `${source}:${headers[source] ?? ""}:${part}` };
  }
  return undefined;
}

function userSession(metadata: unknown): string | undefined {
  const userId = isJsonObject(metadata) ? textOf(metadata["user_id"]) : undefined;
  return userId === undefined ? undefined : sessionInUserId.exec(userId.slice(0, longestId))?.groups?.["id"];
}

function conversationOf(conversation: unknown): string | undefined {
  return textOf(isJsonObject(conversation) ? conversation["id"] : conversation);
}

function responseOf(request: JsonObject): Found | undefined {
  const value = textOf(request["previous_response_id"]);
  return value === undefined ? undefined : { kind: "response", source: "previous_response_id", value };
}

function userOf({ options, request }: SessionFacts): Found | undefined {
  const user = textOf(request["user"]) ?? textOf(request["safety_identifier"]);
  if (user === undefined && options.caller === undefined) return undefined;
  return { kind: "user", source: user === undefined ? "caller" : "user", value: user ?? "" };
}

function promptKey({ options, request, row }: SessionFacts, group: string): SessionKey | undefined {
  const parts = row.promptParts?.(request);
  if (parts === undefined || parts.turns.length === 0) return undefined;
  const seed = seedOf(options.caller, group);
  const { start, ends } = digestPrompt(parts, [
    Number.parseInt(seed.slice(0, 8), 16),
    Number.parseInt(seed.slice(8, 16), 16),
  ]);
  const idOf = ({ digest }: PromptBeginning): string => seed.slice(16, 24) + digest;
  const all = [...ends.map(idOf), idOf(start)];
  const whole = ends[0] === undefined ? [] : [{ id: idOf(ends[0]), tokens: undefined }];
  const stores = [{ id: idOf(start), tokens: start.tokens }, ...whole];
  return {
    kind: "prompt",
    source: "prompt",
    id: idOf(start),
    lookups: [...new Set(all)],
    stores: stores.filter(({ id }, index) => stores.findLastIndex((one) => one.id === id) === index),
  };
}
