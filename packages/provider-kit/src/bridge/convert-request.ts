import { type JsonObject, type ProviderCall, RouterError } from "@modelyard/core";
import { createProviderError, type MaybePromise, mayDrop } from "@modelyard/core/kit";
import type { HubRequest, Loss, Target, ToolNames, Wire, WrittenRequest } from "@modelyard/wires";
import { accountFor, memoryOf } from "./bridge-facts.js";
import { rememberedItems, type ResolvedRequest, type Said } from "./remembered-items.js";
import { rememberedReasoning } from "./remembered-reasoning.js";
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
}

/** A request that was read, with what earlier calls left for it. */
interface ReadRequest {
  readonly read: HubRequest;
  readonly said?: Said | undefined;
}

/**
 * Translates the request of a call. It only waits for a shared store that has to be asked for what earlier calls left.
 * @throws (or rejects with) a provider error for a request that cannot be read, or that loses something it depends on
 */
export function convertRequest(conversion: Conversion): MaybePromise<ConvertedRequest> {
  const { call } = conversion;
  const write = (request: ReadRequest): ConvertedRequest => {
    try {
      return writeRead(conversion, request);
    } catch (thrown) {
      throw asProviderError(thrown, call);
    }
  };
  try {
    const reading = readFor(conversion);
    if (call.withoutReasoning === true) return thenWithoutReasoning(reading, write);
    return reading instanceof Promise ? reading.then(write) : write(reading);
  } catch (thrown) {
    throw asProviderError(thrown, call);
  }
}

/** Goes on with a request whose vendor refused the reasoning in it, which may have been remembered. */
async function thenWithoutReasoning(
  reading: MaybePromise<ReadRequest>,
  write: (request: ReadRequest) => ConvertedRequest,
): Promise<ConvertedRequest> {
  const { read, said } = await reading;
  const turns = read.turns.map((turn) => {
    const blocks = turn.blocks.filter((block) => block.type !== "reasoning" || block.opaque === undefined);
    return blocks.length === turn.blocks.length ? turn : { ...turn, blocks };
  });
  return write({ read: { ...read, turns: turns.filter(({ blocks }) => blocks.length > 0) }, said });
}

function readFor(conversion: Conversion): MaybePromise<ReadRequest> {
  const { from, call } = conversion;
  const { wire, refersToAnswers } = wires[from];
  const given = withoutFields(call.request, call.omittedFields);
  if (!refersToAnswers) return withReasoning(conversion, { read: wire.readRequest(given) });
  const resolving = rememberedItems.resolve(call, given);
  const read = ({ request, said }: ResolvedRequest): MaybePromise<ReadRequest> =>
    withReasoning(conversion, { read: wire.readRequest(request), said });
  return resolving instanceof Promise ? resolving.then(read) : read(resolving);
}

/** A request with what the model thought before, if that is remembered because the caller cannot hold it. */
function withReasoning({ from, to, call, target }: Conversion, request: ReadRequest): MaybePromise<ReadRequest> {
  const isReduced = call.losesReasoning === true;
  const account = accountFor({ from, to, isReduced }, target);
  if (account === undefined || call.withoutReasoning === true) return request;
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

function wantingReasoning(read: HubRequest): HubRequest {
  const wanted = "encrypted_reasoning" as const;
  return read.wants.includes(wanted) ? read : { ...read, wants: [...read.wants, wanted] };
}

function writeRead({ to, call, target }: Conversion, { read, said }: ReadRequest): ConvertedRequest {
  const { dropParams } = call;
  const write = (drops: boolean): WrittenRequest => writeFor(to, read, { ...target, dropParams: drops });
  const written = write(dropParams === true);
  const refused = refusedIn(written.losses, call);
  if (refused.length === 0) return finished(written, call, said);
  const lenient = write(true);
  // Some losses would break a promise about state or privacy, so that they are never dropped.
  const [stuck] = refusedIn(lenient.losses, call);
  if (stuck !== undefined) throw refusal(stuck, call, "");
  const kept = refused.find(({ path }) => !mayDrop(dropParams, fieldOf(path)));
  if (kept !== undefined) throw refusal(kept, call, advice);
  return finished(lenient, call, said);
}

/** The fields that a conversion would refuse. */
export function refusedFields({ from, to, call, target }: Conversion<Omit<ConvertibleCall, "now">>): readonly string[] {
  try {
    const read = wires[from].wire.readRequest(call.request);
    const { losses } = writeFor(to, read, { ...target, dropParams: false });
    return [...new Set(refusedIn(losses, call).map(({ path }) => fieldOf(path)))];
  } catch (thrown) {
    // A request that is wrong is refused by all candidates alike.
    return RouterError.isInstance(thrown) && thrown.kind === "unsupported_params" ? [fieldOf(thrown.param ?? "")] : [];
  }
}

function writeFor(to: WireOperation, request: HubRequest, target: Target): WrittenRequest {
  return (wires[to].wire as Wire<Target>).writeRequest(request, target);
}

function refusedIn(
  losses: readonly Loss[],
  { allowedParams = [] }: Pick<ConvertibleCall, "allowedParams">,
): readonly Loss[] {
  return losses.filter(({ kind, path }) => kind === "refused" && !allowedParams.includes(path));
}

function finished(
  { value, names, losses, betas }: WrittenRequest,
  call: ConvertibleCall,
  said: Said | undefined,
): ConvertedRequest {
  const { allowedParams = [], omittedFields = [] } = call;
  const request = call.request as unknown as JsonObject;
  const lost = losses.filter(({ kind }) => kind === "dropped" || kind === "refused").map(({ path }) => path);
  const allowed = lost.filter((path) => allowedParams.includes(path));
  const omitted = omittedFields.filter((field) => Object.hasOwn(value, field) || Object.hasOwn(request, field));
  const body: Record<string, unknown> = { ...value };
  for (const field of allowed) body[field] = request[field];
  for (const field of omitted) delete body[field];
  const dropped = [...lost.filter((path) => !allowed.includes(path)), ...omitted];
  const headers = betas === undefined ? {} : { headers: { "anthropic-beta": betas.join(",") } };
  return { body, names, dropped, said, ...headers };
}

/** The operator names fields that are never sent, in the words of either wire. */
function withoutFields(request: JsonObject, fields: readonly string[] | undefined): JsonObject {
  if (fields === undefined || !fields.some((field) => Object.hasOwn(request, field))) return request;
  return Object.fromEntries(Object.entries(request).filter(([field]) => !fields.includes(field)));
}

/** The field of a request that a path leads into. */
function fieldOf(path: string): string {
  return /^[^.[]+/u.exec(path)?.[0] ?? path;
}

const advice = " Omit it, or set dropParams (drop_params in YAML) to true.";

function refusal({ path, why }: Loss, { deployment, model }: ConvertibleCall, fix: string): RouterError {
  const { provider, id: deploymentId } = deployment;
  const message = `${provider} (${model}) cannot serve this request with ${path}: ${why}${fix}`;
  return createProviderError({ kind: "unsupported_params", provider, deploymentId, param: path, message });
}

/** The error for a request that cannot be translated, as the error of a vendor that refuses it. */
function asProviderError(thrown: unknown, { deployment }: ConvertibleCall): unknown {
  if (!RouterError.isInstance(thrown) || thrown.source === "provider") return thrown;
  const { kind, param, reason, code } = thrown;
  const { provider, id: deploymentId } = deployment;
  return createProviderError({
    kind,
    provider,
    deploymentId,
    message: reason,
    code,
    ...(param === undefined ? {} : { param }),
  });
}
