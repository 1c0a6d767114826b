import type { ServerResponse } from "node:http";
import type { Behaviour } from "./behaviour.js";
import { type Asked, answerBody, errorEvent, streamScript } from "./dialect.js";
import { vendorError } from "./vendor-errors.js";

/** One exchange that is being played. */
export interface Stage {
  readonly response: ServerResponse;
  readonly asked: Asked;
  readonly behaviour: Behaviour;
  /** Waits, or until the client left. */
  readonly wait: (ms: number) => Promise<void>;
  /** Waits until the client left. */
  readonly hang: () => Promise<void>;
}

/** Does what the behaviour says. */
export async function play(stage: Stage): Promise<void> {
  const { response, asked, behaviour } = stage;
  if (behaviour.delayMs !== undefined) await stage.wait(behaviour.delayMs);
  if (behaviour.fault === "hang_before_headers") return stage.hang();
  if (behaviour.fault === "reset_before_headers") {
    reset(response);
    return undefined;
  }
  const { status = 200 } = behaviour;
  if (status >= 400 || behaviour.body !== undefined) {
    return whole(stage, status, behaviour.body ?? vendorError(asked.dialect, status));
  }
  return asked.body["stream"] === true ? playStream(stage) : playAnswer(stage);
}

function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

async function whole(stage: Stage, status: number, body: string): Promise<void> {
  const { response, behaviour } = stage;
  response.writeHead(status, { "content-type": "application/json", ...behaviour.headers });
  await write(stage, body);
  response.end();
}

async function write({ response, behaviour, wait }: Stage, text: string): Promise<void> {
  const bytes = Buffer.from(behaviour.crlf === true ? text.replaceAll("\n", "\r\n") : text);
  const size = behaviour.fault === "trickle" ? 1 : behaviour.splitBytes;
  if (size === undefined) {
    response.write(bytes);
    return;
  }
  for (let offset = 0; offset < bytes.length; offset += size) {
    response.write(bytes.subarray(offset, offset + size));
    // Each piece in a packet of its own.
    await wait(behaviour.fault === "trickle" ? 1 : 0);
  }
}

async function playAnswer(stage: Stage): Promise<void> {
  const { response, asked, behaviour } = stage;
  const body = JSON.stringify(
    answerBody(asked, behaviour.fault === "empty_content" ? { ...behaviour, text: "" } : behaviour),
  );
  switch (behaviour.fault) {
    case "error_in_200":
      return whole(stage, 200, vendorError(asked.dialect, 500));
    case "no_choices":
      return whole(stage, 200, JSON.stringify({ ...(JSON.parse(body) as object), choices: [], data: [], content: [] }));
    case "wrong_content_type":
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<html><head><title>Welcome</title></head><body>It works</body></html>");
      return undefined;
    case "truncated_json":
      return whole(stage, 200, body.slice(0, Math.floor(body.length / 2)));
    case "hang_before_first_token":
    case "hang_mid_stream":
    case "never_closes":
    case "comments_only":
      response.writeHead(200, { "content-type": "application/json" });
      response.write(behaviour.fault === "hang_before_first_token" ? " " : body.slice(0, Math.floor(body.length / 2)));
      return stage.hang();
    case "reset_after_headers":
    case "reset_mid_stream":
    case "truncated_stream":
      response.writeHead(200, { "content-type": "application/json", "content-length": String(body.length) });
      response.write(body.slice(0, Math.floor(body.length / 2)));
      await stage.wait(5);
      reset(response);
      return undefined;
    case "huge_chunk":
      return whole(stage, 200, JSON.stringify(answerBody(asked, { ...behaviour, text: "x".repeat(2_000_000) })));
    default:
      return whole(stage, 200, body);
  }
}

async function playStream(stage: Stage): Promise<void> {
  const { response, asked, behaviour } = stage;
  const { fault } = behaviour;
  if (fault === "error_in_200") return whole(stage, 200, vendorError(asked.dialect, 500));
  if (fault === "truncated_json" || fault === "wrong_content_type") {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<html><head><title>Welcome</title></head></html>");
    return undefined;
  }
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    ...behaviour.headers,
  });
  response.flushHeaders();
  if (fault === "reset_after_headers") {
    await stage.wait(5);
    reset(response);
    return undefined;
  }
  if (behaviour.firstTokenMs !== undefined) await stage.wait(behaviour.firstTokenMs);
  const script = streamScript(
    asked,
    fault === "huge_chunk" ? { ...behaviour, text: "x".repeat(2_000_000) } : behaviour,
  );
  if (fault === "comments_only") {
    while (!response.destroyed) {
      response.write(": keep-alive\n\n");
      await stage.wait(20);
    }
    return undefined;
  }
  if (fault === "error_event_before_content") await write(stage, errorEvent(asked.dialect));
  else for (const event of script.opening) await write(stage, event);
  if (fault === "hang_before_first_token") return stage.hang();
  if (fault === "error_event_before_content") {
    response.end();
    return undefined;
  }
  if (await playContents(stage, script.contents)) return undefined;
  if (fault === "truncated_stream") {
    response.end();
    return undefined;
  }
  for (const event of script.finishing) await write(stage, event);
  if (fault !== "finish_without_done") for (const event of script.ending) await write(stage, event);
  if (fault === "never_closes") return stage.hang();
  response.end();
  return undefined;
}

/** @returns whether the stream is over already */
async function playContents(stage: Stage, contents: readonly string[]): Promise<boolean> {
  const { response, asked, behaviour } = stage;
  if (behaviour.fault === "empty_content" || behaviour.fault === "no_choices") return false;
  for (const [index, event] of contents.entries()) {
    if (index > 0 && behaviour.gapMs !== undefined) await stage.wait(behaviour.gapMs);
    if (response.destroyed) return true;
    await write(stage, event);
    if (index !== 0 && contents.length > 1) continue;
    switch (behaviour.fault) {
      case "hang_mid_stream":
        await stage.hang();
        return true;
      case "reset_mid_stream":
        await stage.wait(5);
        reset(response);
        return true;
      case "truncated_stream":
        return false;
      case "malformed_event":
        await write(stage, 'data: {"id": "chatcmpl-1", "choi\n\n');
        response.end();
        return true;
      case "error_event_after_content":
        await write(stage, errorEvent(asked.dialect));
        response.end();
        return true;
      default:
    }
  }
  return false;
}
