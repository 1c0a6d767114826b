import {
  type Bytes,
  type CallRoute,
  isLong,
  type OperationRow,
  operations,
  type RouteParams,
  type StreamPart,
  type StreamWriter,
  type Surface,
  type SurfaceAnswer,
  type SurfaceCall,
  type Trail,
  writeJson,
} from "@modelyard/core";
import { json } from "../answers.js";
import { readJson } from "./json-body.js";
import { listModels, showModel } from "./openai-models.js";

/** Paths of Azure's API and of OpenAI's older one, which name the model. */
const deploymentPrefixes = ["", "/v1"].flatMap((prefix) => [
  `${prefix}/engines/{model}`,
  `${prefix}/openai/deployments/{model}`,
]);

function callRoute({ name, path }: OperationRow): CallRoute {
  const named = deploymentPrefixes.flatMap((prefix) => [`${prefix}${path}`, `${prefix}/v1${path}`]);
  return { method: "POST", path: `/v1${path}`, aliases: [path, ...named], operation: name };
}

/** The same call for the model that its path names. A text that names another model is not sent. */
function withModel(call: SurfaceCall, model: string): SurfaceCall {
  return call.request["model"] === model ? call : { request: { ...call.request, model } };
}

/** Apart from `read`, where its closure would be allocated for every request (32 bytes, bench/guard). */
async function withModelLater(call: Promise<SurfaceCall>, model: string): Promise<SurfaceCall> {
  return withModel(await call, model);
}

function read(
  body: Uint8Array,
  _head: unknown,
  { params: { model } }: { readonly params: RouteParams },
): SurfaceCall | Promise<SurfaceCall> {
  const call = readJson(body);
  if (model === undefined) return call;
  return call instanceof Promise ? withModelLater(call, model) : withModel(call, model);
}

/**
 * Comments that say which deployments continued a stream that broke. The headers were sent before that was known, and
 * clients skip comments.
 */
function continuations({ attempts }: Trail): string {
  let text = "";
  for (const { continues, deploymentId, outcome } of attempts)
    if (continues !== undefined && outcome === "success")
      text += `: x-modelyard-continued: ${continues} ${deploymentId}\n\n`;
  return text;
}

/** The events of a part. Bytes are sent as they came, and `chunks`, which may be parsed when it is read, is left alone. */
function written(part: StreamPart): Bytes {
  if (part.bytes !== undefined) return part.bytes;
  let text = "";
  for (const chunk of part.chunks) text += `data: ${JSON.stringify(chunk)}\n\n`;
  return text;
}

/** Keeps no state, so that all streams share it. */
const events: StreamWriter = {
  contentType: "text/event-stream; charset=utf-8",
  // A comment, which every reader of events skips.
  ping: ": ping\n\n",
  part: written,
  end: (trail) => `${continuations(trail)}data: [DONE]\n\n`,
  error: (error) => `data: ${JSON.stringify(error.toBody())}\n\n`,
};

const jsonHeaders = { "content-type": "application/json" };

/** In turns of the event loop: millions of numbers take a second. */
async function writeLong(value: unknown): Promise<SurfaceAnswer> {
  return { status: 200, headers: jsonHeaders, body: await writeJson(value) };
}

/** OpenAI's API: every operation with its path there, and the list of models. */
export const openaiSurface: Surface = {
  name: "openai",
  keyHeaders: ["x-api-key", "api-key"],
  routes: [
    ...Object.values(operations).map(callRoute),
    { method: "GET", path: "/v1/models", aliases: ["/models"], answer: (_, { engine }) => listModels(engine) },
    {
      method: "GET",
      path: "/v1/models/{id...}",
      aliases: ["/models/{id...}"],
      answer: (_, { engine, params }) => showModel(engine, params["id"] ?? ""),
    },
  ],
  read,
  write: ({ bytes, value }) =>
    bytes === undefined && isLong(value)
      ? writeLong(value)
      : { status: 200, headers: jsonHeaders, body: bytes ?? JSON.stringify(value) },
  writeError: (error) => json(error.status, error.toBody()),
  events: () => events,
};
