import { type CallOptions, type JsonObject, type OperationName, RouterError } from "@modelyard/core";
import { operations } from "@modelyard/core/kit";
import { tokensToReserve } from "@modelyard/policies";
import { splitControlFields } from "../call/control-fields.js";
import { checkCall, mergeOptions } from "../call/open-call.js";
import type { Services } from "../call/services.js";
import type { ResolvedName } from "../plan/name-table.js";
import type { Snapshot } from "../plan/snapshot.js";
import type { StoredNames } from "../call/stored-names.js";
import { reasonsOf } from "./reasons.js";
import { findStored } from "./stored-place.js";

/** A sample call for `explain`. It is not made, but filters see it like any other call. */
export interface ExplainSample {
  /** @defaultValue `chat` */
  readonly operation?: OperationName;
  /** The body, with or without a model. */
  readonly request?: JsonObject;
  readonly options?: CallOptions;
}

/** For each deployment of a group, the reason why it would not serve a sample call, or `undefined` if it would. */
export function sampleRejections(
  snapshot: Snapshot,
  services: Services,
  { group, captures }: ResolvedName,
  sample: ExplainSample,
): readonly (string | undefined)[] {
  checkCall(sample.operation ?? "chat", sample.request ?? {}, sample.options);
  const row = operations[sample.operation ?? "chat"];
  const split = splitControlFields(sample.request ?? {}, row);
  const { request } = split;
  const options = mergeOptions(sample.options, split.options);
  const now = services.clock.now();
  const inputTokens = row.inputTokens(request);
  const maxOutputTokens = row.maxOutputTokens(request);
  const { metadata = {}, tags = [] } = options;
  const facts = {
    now,
    random: services.random,
    group: group.name,
    operation: row.name,
    stream: request["stream"] === true,
    inputTokens,
    maxOutputTokens,
    attempt: 1,
    request,
    metadata,
  };
  const requirements = { snapshot, services, options, request, row, tags, facts, now, inputTokens, captures };
  let stored: StoredNames | undefined;
  try {
    stored = findStored({ snapshot, request, row, captures }, group);
  } catch (thrown) {
    if (!RouterError.isInstance(thrown)) throw thrown;
    return group.runtimes.map(() => thrown.reason);
  }
  const reasons = reasonsOf(
    {
      ...requirements,
      continues: undefined,
      broken: [],
      ownFailures: undefined,
      stored,
      estimate: (runtime) => tokensToReserve(inputTokens, maxOutputTokens ?? runtime.expectedOutput),
    },
    group,
  );
  return reasons.map((reason) => reason?.text);
}
