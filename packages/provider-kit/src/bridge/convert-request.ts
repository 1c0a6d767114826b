import { type JsonObject, type ProviderCall, RouterError } from "@modelyard/core";
import { asProviderError, type FieldsCall, type MaybePromise, mayDrop, type Refusals } from "@modelyard/core/kit";
import type { HubRequest, Loss, Target, ToolNames, Wire, WrittenRequest } from "@modelyard/wires";
import { applyRefusals } from "./apply-refusals.js";
import { accountFor, memoryOf } from "./bridge-facts.js";
import { rememberedItems, type Said } from "./remembered-items.js";
import { rememberedReasoning } from "./remembered-reasoning.js";
import { advice, fieldOf, refusal } from "./refusal.js";
import { type WireOperation, type WireTargets, wires } from "./wires.js";

/** A request in the wire of the vendor. */
export interface ConvertedRequest {
  readonly body: JsonObject;
  /** How the request named the caller's tools. */
  readonly names: ToolNames;
  /** The paths that the vendor's wire could not hold, in the caller's words. */
  readonly dropped: readonly string[];
  /** Headers that the body needs, by names in lower case. Not set: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What it adds to its conversation, if that is to be remembered. */
  readonly said: Said | undefined;
}

/** The parts of a call that a conversion depends on. */
export type ConvertibleCall = Pick<
  ProviderCall,
  | "allowedParams"
  | "caller"
  | "deployment"
  | "dropParams"
  | "keepMs"
  | "losesReasoning"
  | "memory"
  | "model"
  | "now"
  | "omittedFields"
  | "request"
  | "withoutReasoning"
>;

export interface Conversion<Call = ConvertibleCall> {
  readonly from: WireOperation;
  readonly to: WireOperation;
  readonly call: Call;
  readonly target: WireTargets[WireOperation];
  /** What the deployment refuses of requests in the caller's wire. Not set: nothing is known. */
  readonly refuses?: Refusals | undefined;
  /** Whether reasoning is remembered for callers who cannot hold it. @defaultValue true */
  readonly remembers?: boolean;
}

/** A request that was read, with what earlier calls left for it. */
interface ReadRequest {
  readonly read: HubRequest;
  readonly said?: Said | undefined;
  /** What was lost before it was read. */
  readonly losses: readonly Loss[];
}

/**
 * Translates the request of a call: a long one in several turns of the event loop, and a short one at once, unless a shared
 * store has to be asked for what earlier calls left.
 * @throws (or rejects with) a provider error for a request that cannot be read, or that loses something it depends on
 */
export function convertRequest(conversion: Conversion): MaybePromise<ConvertedRequest> {
  const { call } = conversion;
  try {
    const reading = readFor(conversion);
    const whole = call.withoutReasoning === true ? after(reading, withoutReasoning) : reading;
    const converting =
      whole instanceof Promise ? whole.then((request) => writeRead(conversion, request)) : writeRead(conversion, whole);
    return converting instanceof Promise
      ? converting.catch((thrown: unknown) => {
          throw asProviderError(thrown, call.deployment);
        })
      : converting;
  } catch (thrown) {
    throw asProviderError(thrown, call.deployment);
  }
}

/** Continues with a value: at once, unless it is a promise. */
function after<Value, Result>(
  value: MaybePromise<Value>,
  follow: (value: Value) => MaybePromise<Result>,
): MaybePromise<Result> {
  return value instanceof Promise ? value.then(follow) : follow(value);
}

/** A request without signed and encrypted reasoning, after the vendor could not read it. */
function withoutReasoning({ read, ...others }: ReadRequest): ReadRequest {
  const turns = read.turns.map((turn) => {
    const blocks = turn.blocks.filter((block) => block.type !== "reasoning" || block.opaque === undefined);
    return blocks.length === turn.blocks.length ? turn : { ...turn, blocks };
  });
  return { read: { ...read, turns: turns.filter(({ blocks }) => blocks.length > 0) }, ...others };
}

/** Reads a request, with what earlier calls of its conversation left for it. */
function readFor(conversion: Conversion): MaybePromise<ReadRequest> {
  const { from, call, refuses } = conversion;
  const losses: Loss[] = refuses === undefined ? noLosses : [];
  const given = withoutRefused(withoutFields(call.request, call.omittedFields), refuses, losses);
  if (wires[from].refersToAnswers)
    return after(rememberedItems.resolve(call, given), ({ request, said }) =>
      after(readInTurns(from, request), (read) => withReasoning(conversion, { read, said, losses })),
    );
  const reading = readInTurns(from, given);
  return reading instanceof Promise
    ? reading.then((read) => withReasoning(conversion, { read, losses }))
    : withReasoning(conversion, { read: reading, losses });
}

/** A request with what the model thought before, if that is remembered because the caller cannot hold it. */
function withReasoning(conversion: Conversion, request: ReadRequest): MaybePromise<ReadRequest> {
  const { from, to, call, target, remembers = true } = conversion;
  if (!remembers || call.withoutReasoning === true) return request;
  const isReduced = call.losesReasoning === true;
  const account = accountFor({ from, to, isReduced }, target);
  if (account === undefined) return request;
  const restoring = rememberedReasoning.restore({ ...memoryOf(call), account }, request.read);
  const restored = (read: HubRequest): ReadRequest => ({
    ...request,
    read: isReduced && thinks(target) ? wantingReasoning(read) : read,
  });
  return restoring instanceof Promise ? restoring.then(restored) : restored(restoring);
}

/** Whether the model is one that can return what it thinks. Vendors refuse to return what others do not think. */
function thinks(target: WireTargets[WireOperation]): boolean {
  return "reasoning" in target && target.reasoning;
}

/** Asks for what the model thinks, so that it can be remembered. */
function wantingReasoning(read: HubRequest): HubRequest {
  const wanted = "encrypted_reasoning" as const;
  return read.wants.includes(wanted) ? read : { ...read, wants: [...read.wants, wanted] };
}

function readInTurns(from: WireOperation, request: JsonObject): MaybePromise<HubRequest> {
  const { wire } = wires[from];
  return wire.readInTurns === undefined ? wire.readRequest(request) : wire.readInTurns(request);
}

/** Without what the deployment refuses of requests in the caller's wire. */
function withoutRefused(request: JsonObject, refuses: Refusals | undefined, losses: Loss[]): JsonObject {
  if (refuses === undefined) return request;
  const why = "Its deployment refuses it.";
  return applyRefusals(request, refuses, {
    refuse: (path) => {
      losses.push({ path, kind: "refused", why });
    },
    leaveOut: (path) => {
      if (!losses.some((loss) => loss.path === path)) losses.push({ path, kind: "dropped", why });
    },
  });
}

function writeRead(conversion: Conversion, request: ReadRequest): MaybePromise<ConvertedRequest> {
  const drops = conversion.call.dropParams === true;
  const writing = writeInTurns(conversion, request, drops);
  return writing instanceof Promise
    ? writing.then((written) => judged(written, request, conversion))
    : judged(writing, request, conversion);
}

/** Decides whether what was lost may be lost. @throws the error that names everything that may not */
function judged(written: WrittenRequest, request: ReadRequest, conversion: Conversion): MaybePromise<ConvertedRequest> {
  const { call } = conversion;
  const drops = call.dropParams === true;
  const lost = drops || request.losses.length === 0 ? written.losses : [...request.losses, ...written.losses];
  const refused = lost.length === 0 ? lost : refusedIn(lost, call);
  if (refused.length === 0) return finished(written, request, conversion);
  const lenient = drops ? written : writeInTurns(conversion, request, true);
  return after(lenient, (left) => writeWithout(refused, left, request, conversion));
}

/** Continues without what may be dropped. @throws the error that names everything else that is refused */
function writeWithout(
  refused: readonly Loss[],
  lenient: WrittenRequest,
  request: ReadRequest,
  conversion: Conversion,
): ConvertedRequest {
  const { call } = conversion;
  // Some losses would break a promise about state or privacy, so that they are never dropped.
  const stuck = new Set(refusedIn(lenient.losses, call).map(({ path }) => path));
  if (stuck.size > 0)
    throw refusal(
      [...refused.filter(({ path }) => stuck.has(path)), ...refused.filter(({ path }) => !stuck.has(path))],
      call,
      "",
    );
  const kept = refused.filter(({ path }) => !mayDrop(call.dropParams, fieldOf(path)));
  if (kept.length > 0) throw refusal(kept, call, advice);
  return finished(lenient, request, conversion);
}

function writeInTurns(
  { to, target, call }: Conversion,
  { read }: ReadRequest,
  dropParams: boolean,
): MaybePromise<WrittenRequest> {
  const wire = wires[to].wire as Wire<Target>;
  const { omittedFields: omits } = call;
  const whole = dropParams === target.dropParams && omits === undefined ? target : { ...target, dropParams, omits };
  return wire.writeInTurns === undefined ? wire.writeRequest(read, whole) : wire.writeInTurns(read, whole);
}

/** The fields that a conversion would refuse. */
export function refusedFields(conversion: Conversion<FieldsCall>): readonly string[] {
  const { from, to, call, target, refuses } = conversion;
  const losses: Loss[] = [];
  try {
    const read = wires[from].wire.readRequest(withoutRefused(call.request, refuses, losses));
    const written = (wires[to].wire as Wire<Target>).writeRequest(read, { ...target, dropParams: false });
    losses.push(...written.losses);
  } catch (thrown) {
    // A request that is wrong is refused by all candidates alike.
    if (RouterError.isInstance(thrown) && thrown.kind === "unsupported_params")
      losses.push({ path: thrown.param ?? "", kind: "refused", why: thrown.reason });
  }
  return [...new Set(refusedIn(losses, call).map(({ path }) => fieldOf(path)))];
}

function refusedIn(
  losses: readonly Loss[],
  { allowedParams = [] }: Pick<ConvertibleCall, "allowedParams">,
): readonly Loss[] {
  return losses.filter(({ kind, path }) => kind === "refused" && !allowedParams.includes(path));
}

function finished(
  { value, names, losses: written, betas }: WrittenRequest,
  { said, losses }: ReadRequest,
  { to, call }: Conversion,
): ConvertedRequest {
  const { omittedFields = noFields } = call;
  // Most requests lose nothing.
  if (written.length === 0 && losses.length === 0 && omittedFields.length === 0 && betas === undefined)
    return { body: value, names, dropped: noFields, said };
  const headers = betas === undefined ? {} : { headers: { "anthropic-beta": betas.join(",") } };
  const { allowedParams = noFields } = call;
  const request = call.request as unknown as JsonObject;
  const lost = [...losses, ...written]
    .filter(({ kind }) => kind === "dropped" || kind === "refused")
    .map(({ path }) => path);
  const allowed = lost.filter((path) => allowedParams.includes(path));
  const { needs } = wires[to];
  const omitted = omittedFields.filter(
    (field) => !needs.has(field) && (Object.hasOwn(value, field) || Object.hasOwn(request, field)),
  );
  const body: Record<string, unknown> = { ...value };
  for (const field of allowed) body[field] = request[field];
  for (const field of omitted) delete body[field];
  if (omitted.includes("tools")) delete body["tool_choice"];
  const dropped = [...lost.filter((path) => !allowed.includes(path)), ...omitted];
  return { body, names, dropped, said, ...headers };
}

const noFields: readonly string[] = Object.freeze([]);
const noLosses: Loss[] = [];

/** A request without the fields that the operator never sends. They may be named in the words of either wire. */
function withoutFields(request: JsonObject, fields: readonly string[] | undefined): JsonObject {
  if (fields === undefined || !fields.some((field) => Object.hasOwn(request, field))) return request;
  return Object.fromEntries(Object.entries(request).filter(([field]) => !fields.includes(field)));
}
