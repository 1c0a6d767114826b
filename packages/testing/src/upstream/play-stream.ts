import type { Behavior } from "./behavior.js";
import {
  answerText,
  brokenEvent,
  errorEvent,
  failedEvent,
  failureOf,
  mayResume,
  streamScript,
  streamTypeOf,
} from "./dialect.js";
import type { Exchange } from "./exchange.js";
import { hugeText, page } from "./sizes.js";
import type { StreamScript } from "./sse.js";

const json = { "content-type": "application/json" };

/** Sends an event stream, with the fault of the behavior. */
export async function playStream(exchange: Exchange): Promise<void> {
  const { sent, behavior } = exchange;
  switch (behavior.fault) {
    case "error_in_200":
      return exchange.whole(200, json, failureOf(sent, behavior.eventFailure ?? "server_error").body);
    case "truncated_json": {
      const body = answerText(sent, behavior);
      return exchange.whole(200, json, body.slice(0, Math.floor(body.length / 2)));
    }
    case "wrong_content_type":
      return exchange.whole(200, { "content-type": "text/html" }, page);
    default:
  }
  exchange.head(200, { "content-type": streamTypeOf(sent), "cache-control": "no-cache" });
  const script = withEmptyEvents(streamScript(sent, withFaultyText(behavior)), behavior);
  await open(exchange, script);
  await speak(exchange, script);
  return close(exchange, script);
}

/** The standard counts none of these as an event: https://html.spec.whatwg.org/multipage/server-sent-events.html. */
const emptyEvents = "data: \n\ndata:\n\nevent: ping\n\nid: 7\n\nretry: 3000\n\nevent: ping\ndata: \n\n: ping\n\n";

function withEmptyEvents(script: StreamScript, { emptyEvents: wanted = false }: Behavior): StreamScript {
  if (!wanted) return script;
  const before = (full: readonly string[]): readonly string[] => full.map((event) => emptyEvents + event);
  return {
    opening: before(script.opening),
    contents: before(script.contents),
    finishing: before(script.finishing),
    usage: before(script.usage),
    ending: before(script.ending),
  };
}

function withFaultyText(behavior: Behavior): Behavior {
  if (behavior.fault === "huge_chunk") return { ...behavior, text: hugeText };
  return behavior.fault === "empty_content" ? { ...behavior, text: "" } : behavior;
}

/** Sends everything up to the first content, or up to a fault before it; such a fault never returns. */
async function open(exchange: Exchange, { opening, ending, nothing = ending }: StreamScript): Promise<void> {
  const { sent, behavior } = exchange;
  switch (behavior.fault) {
    case "reset_after_headers":
      await exchange.reset();
      return exchange.hang();
    case "comments_only":
      return exchange.hang(behavior.commentMs ?? 20);
    case "empty_body":
      await exchange.end();
      return exchange.hang();
    case "error_event_before_content":
      await exchange.pause(behavior.firstTokenMs);
      await exchange.write(errorEvent(sent, behavior.eventFailure));
      await exchange.end();
      return exchange.hang();
    case "choice_error_before_content":
      await exchange.pause(behavior.firstTokenMs);
      await exchange.write(failedEvent(sent, behavior) + ending.join(""));
      await exchange.end();
      return exchange.hang();
    case "no_choices":
      await exchange.write(nothing.join(""));
      await exchange.end();
      return exchange.hang();
    default:
  }
  for (const event of opening) await exchange.write(event);
  if (behavior.fault === "hang_before_first_token") return exchange.hang(behavior.commentMs);
  return exchange.pause(behavior.firstTokenMs);
}

async function speak(exchange: Exchange, script: StreamScript): Promise<void> {
  const { contents } = script;
  const { behavior } = exchange;
  const strikesAfter = Math.min(Math.max(1, behavior.faultAfter ?? 1), contents.length);
  for (const [index, event] of contents.entries()) {
    if (index > 0) await exchange.pause(behavior.gapMs);
    await exchange.write(event);
    if (index + 1 === strikesAfter) await strike(exchange, script, strikesAfter);
  }
}

/** Plays faults within the content, after some of it. Those that end the stream never return. */
async function strike(exchange: Exchange, script: StreamScript, strikesAfter: number): Promise<void> {
  const { sent, behavior } = exchange;
  switch (behavior.fault) {
    case "hang_mid_stream":
      return exchange.hang(behavior.commentMs);
    case "reset_mid_stream":
      await exchange.reset();
      return exchange.hang();
    case "malformed_event_amid":
      return exchange.write(brokenEvent(sent, script));
    case "content_after_finish":
      return mayResume(sent) ? writeAll(exchange, script.finishing) : undefined;
    case "malformed_event":
      await exchange.write(brokenEvent(sent, script));
      break;
    case "error_event_after_content":
      await exchange.write(errorEvent(sent, behavior.eventFailure, script.opening.length + strikesAfter));
      break;
    case "choice_error_after_content":
      await exchange.write(failedEvent(sent, behavior) + script.ending.join(""));
      break;
    case "truncated_stream":
      break;
    default:
      return undefined;
  }
  await exchange.end();
  return exchange.hang();
}

async function writeAll(exchange: Exchange, events: readonly string[]): Promise<void> {
  for (const event of events) await exchange.write(event);
}

async function close(exchange: Exchange, { finishing, usage, ending }: StreamScript): Promise<void> {
  const { behavior } = exchange;
  await exchange.pause(behavior.gapMs);
  await writeAll(exchange, finishing);
  if (behavior.fault === "repeated_finish") await writeAll(exchange, finishing);
  await exchange.pause(behavior.usageMs);
  await writeAll(exchange, usage);
  if (behavior.fault === "finish_then_silence") return exchange.hang(behavior.commentMs);
  if (behavior.fault !== "finish_without_done") await writeAll(exchange, ending);
  if (behavior.fault === "never_closes") return exchange.hang(behavior.commentMs);
  return exchange.end();
}
