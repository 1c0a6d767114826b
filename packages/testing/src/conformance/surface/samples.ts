import type { JsonObject, Surface, Trail } from "@modelyard/core";
import {
  type AnswerOutcome,
  type Bytes,
  type CallRoute,
  type OperationRow,
  operations,
  type RequestHead,
  type RouteParams,
  type StreamPart,
  type SurfaceAnswer,
  type SurfaceCall,
} from "@modelyard/core/kit";
import { deepFreeze } from "../deep-freeze.js";

/** A stream as read by a client of the wire. */
export interface ReadStream {
  /** The text of the answer so far. */
  readonly text: string;
  /** Whether the end mark of the wire has arrived. */
  readonly whole: boolean;
  /** The message of a failure within the stream, or `undefined` if there was none. */
  readonly error: string | undefined;
}

/** A request of the wire, and how a client reads the answer. */
export interface SurfaceExample {
  readonly name: string;
  /** The path of one of the surface's call routes. */
  readonly path: string;
  readonly params?: RouteParams;
  /** Headers, with names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Bytes;
  /** Fields that the resulting request must have. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Reads the text of an answer. Without it, the answers are not text, and are not tested. */
  readonly readAnswer?: (answer: SurfaceAnswer) => string;
  /** Reads a streamed answer. Without it, the wire has no streams. */
  readonly readStream?: (bytes: Uint8Array) => ReadStream;
}

/** Appears in bodies and causes, and must not appear in any message. */
export const secret = "sk-only-the-caller-may-see-this";
export const mediaType = /^[\w.+-]+\/[\w.+-]+/u;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bytesOf(bytes: Bytes | undefined): Uint8Array {
  return typeof bytes === "string" ? encoder.encode(bytes) : (bytes ?? new Uint8Array());
}

export function textOf(bytes: Bytes | undefined): string {
  return decoder.decode(bytesOf(bytes));
}

export function joined(pieces: readonly (Bytes | undefined)[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...bytesOf(piece)]));
}

export function headOf(method: string, path: string, headers: SurfaceExample["headers"] = {}): RequestHead {
  return { method, path, header: (name) => headers[name], query: () => undefined };
}

export function routeOf(surface: Surface, path: string): CallRoute {
  const route = surface.routes.find((one): one is CallRoute => one.path === path && "operation" in one);
  if (route === undefined) throw new Error(`the surface has no call route ${path}`);
  return route;
}

/** The request that the surface reads from an example. */
export async function read(surface: Surface, example: SurfaceExample, body = example.body): Promise<SurfaceCall> {
  const { path, params = {}, headers } = example;
  const route = routeOf(surface, path);
  const asked = path.replaceAll(/\{(?<name>\w+)(?:\.\.\.)?\}/gu, (_, name: string) => params[name] ?? "");
  return surface.read(bytesOf(body), headOf(route.method, asked, headers), { route, params });
}

export const trail: Trail = deepFreeze({
  callId: "the-call",
  requestedModel: "gpt-4",
  modelGroup: "gpt-4",
  deploymentId: "a",
  attempts: [],
  retries: 0,
  fallbacks: 0,
  cache: "off",
  cacheKey: undefined,
  rejections: [],
  usage: undefined,
  costUsd: undefined,
  droppedParams: [],
});

const head = { id: "the-answer", created: 1_767_225_600, model: "gpt-4" };
const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };

export const asBytes: Readonly<Record<string, ((text: string) => Bytes) | undefined>> = {
  "no bytes": undefined,
  "a string": (text: string) => text,
  bytes: bytesOf,
};

/** The operation that an example's route calls. */
export function operationOf(surface: Surface, example: SurfaceExample): OperationRow {
  return operations[routeOf(surface, example.path).operation];
}

/** An answer whose JSON the vendor sent in one of these formats. */
export function answerOf(
  { mock }: OperationRow,
  text: string,
  bytes: ((text: string) => Bytes) | undefined,
): AnswerOutcome {
  const value = deepFreeze(mock.answer({ ...head, text, usage, request: {}, vector: () => [] }));
  const answer = value as unknown as AnswerOutcome["value"];
  return Object.freeze({ kind: "answer", value: answer, bytes: bytes?.(JSON.stringify(value)), trail });
}

function eventOf(chunk: JsonObject): string {
  const name = typeof chunk["type"] === "string" ? `event: ${chunk["type"]}\n` : "";
  return `${name}data: ${JSON.stringify(chunk)}\n\n`;
}

function partOf(chunks: readonly JsonObject[], facts: Partial<StreamPart>, withBytes: boolean): StreamPart {
  const bytes = withBytes ? bytesOf(chunks.map(eventOf).join("")) : undefined;
  const part = { content: false, finished: 0, done: false, usage: undefined, ...facts };
  return Object.freeze({ ...part, chunks: deepFreeze(chunks) as unknown as StreamPart["chunks"], bytes });
}

/** A stream of these texts: what comes before the first one, each text, and the end. The last part is the end mark. */
export function partsOf(
  { mock, reads }: OperationRow,
  texts: readonly string[],
  withBytes = false,
): readonly StreamPart[] {
  const eventsOf = (index: number, text?: string): readonly JsonObject[] => {
    const textSoFar = texts.slice(0, index + 1).join("");
    return mock.events?.({ ...head, index, textSoFar, ...(text === undefined ? { usage } : { text }) }) ?? [];
  };
  const written = texts.map((text, index) => eventsOf(index, text));
  const first = written[0]?.findIndex((event) => reads.contentLength(event) > 0) ?? 0;
  const end = eventsOf(texts.length);
  return [
    partOf(written[0]?.slice(0, first) ?? [], {}, withBytes),
    ...written.map((events, index) => partOf(events.slice(index === 0 ? first : 0), { content: true }, withBytes)),
    partOf(end.slice(0, -1), { finished: end.length > 1 ? 1 : 0 }, withBytes),
    partOf(end.slice(-1), { finished: end.length > 1 ? 0 : 1, done: true, usage }, withBytes),
  ];
}
