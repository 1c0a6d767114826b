import type { Redis } from "ioredis";
import { BadReplyError } from "./errors.js";
import { ReplyScanner, type ReplyType } from "./reply-scanner.js";

/** What a connection is used for: our commands, or the channels that it has subscribed to. */
export type ConnectionRole = "commands" | "channels";

/** Shortest wait before reconnecting after a reply that cannot be right, in milliseconds. */
const restMs = 1_000;
/**
 * How ioredis reports a reply that no command is waiting for. On a channel's connection the scanner may let such a
 * reply
 * pass.
 */
const withoutCommand = "Command queue state error";
const subscribing: ReadonlySet<string> = new Set(["subscribe", "psubscribe", "ssubscribe"]);

/**
 * Destroys a connection on which a reply arrives that ioredis cannot handle or that no command asked for. This happens
 * before ioredis reads the reply, since its parser throws where the exception cannot be caught, which would end the
 * process. The client then connects again.
 */
export function guardReplies(redis: Redis, role: ConnectionRole): void {
  let faulty = false;
  const fail = (problem: string): void => {
    faulty = true;
    redis.stream.destroy(new BadReplyError(problem));
  };
  redis.on("connect", () => {
    guardStream(redis, role, fail);
  });
  redis.on("error", (error: unknown) => {
    if (error instanceof Error && error.message.startsWith(withoutCommand)) fail("a reply to no command");
  });
  const { retryStrategy } = redis.options;
  if (typeof retryStrategy !== "function") return;
  redis.options.retryStrategy = (times) => {
    const ms = retryStrategy(times);
    const rest = faulty ? restMs : 0;
    faulty = false;
    return typeof ms === "number" ? Math.max(ms, rest) : ms;
  };
}

function guardStream(redis: Redis, role: ConnectionRole, fail: (problem: string) => void): void {
  const { stream } = redis;
  // ioredis has just registered its reader, as the first listener.
  const [read] = stream.rawListeners("data");
  if (read === undefined) return;
  const { commandQueue } = redis;
  const expected = (index: number): string | undefined => commandQueue.peekAt(index)?.command.name;
  const scanner = new ReplyScanner({
    begins: (type, index) => begins(type, role, expected(index)),
    ends: (type, heads) => (isMessage(type, role) && heads < 2 ? "a message without a channel" : undefined),
  });
  stream.off("data", read as (chunk: Buffer) => void);
  stream.prependListener("data", (chunk: Buffer) => {
    const problem = scanner.scan(chunk);
    if (problem === undefined) Reflect.apply(read, stream, [chunk]);
    else fail(problem);
  });
}

function begins(type: ReplyType, role: ConnectionRole, command: string | undefined): string | undefined {
  if (isMessage(type, role)) return undefined;
  if (type === "push") return "a message, though nothing is subscribed to";
  if (command === undefined) return "a reply to no command";
  return type !== "error" && subscribing.has(command) ? "no list for a subscription" : undefined;
}

/**
 * RESP3 has a type for messages. In RESP2 a message is a list, and a connection that subscribes gets no other lists.
 */
function isMessage(type: ReplyType, role: ConnectionRole): boolean {
  return role === "channels" && (type === "push" || type === "array");
}

/** A Cluster client reads the slot map on duplicates of its connections to the nodes. Guards both. */
export function guardNode(node: Redis): void {
  guardReplies(node, "commands");
  const duplicate = node.duplicate.bind(node);
  node.duplicate = (override) => {
    const copy = duplicate(override);
    guardReplies(copy, "commands");
    guardMap(copy);
    return copy;
  };
}

type Answer = (error: Error | null, map?: unknown) => void;
type Ask = (subcommand: string, answer?: Answer) => Promise<unknown>;

/**
 * Checks a Cluster's slot map, because ioredis accepts any number as a slot, however large, and any entry as a list.
 */
function guardMap(node: Redis): void {
  const ask = node.cluster.bind(node) as unknown as Ask;
  // Not async: that would create a second promise, whose rejection would be unhandled.
  const guarded: Ask = (subcommand, answer) => {
    if (answer === undefined || subcommand !== "SLOTS") return ask(subcommand, answer);
    return ask(subcommand, (error, map) => {
      if (error !== null || isMap(map)) answer(error, map);
      else answer(new BadReplyError("a slot map that is not valid"));
    });
  };
  node.cluster = guarded as unknown as Redis["cluster"];
}

/** Number of slots in a Cluster. Source: Redis Cluster specification, "Key distribution model". */
const mostSlots = 16_384;

function isMap(map: unknown): boolean {
  return Array.isArray(map) && map.length <= mostSlots && map.every(isRange);
}

function isRange(range: unknown): boolean {
  if (!Array.isArray(range)) return false;
  const [from, to, ...nodes] = range as readonly unknown[];
  return isSlot(from) && isSlot(to) && nodes.every(isNode);
}

function isSlot(slot: unknown): boolean {
  return typeof slot === "number" && slot >= 0 && slot < mostSlots;
}

function isNode(node: unknown): boolean {
  if (!Array.isArray(node)) return false;
  const [host, port] = node as readonly unknown[];
  return (host === null || typeof host === "string") && typeof port === "number" && port >= 0 && port <= 65_535;
}
