import type { JsonObject, OperationName } from "@modelyard/core";
import type { FieldsCall, WireChoice } from "@modelyard/core/kit";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";

/** Calls that another API of the vendor serves than most calls of their kind, because of what they ask for. */
export interface WireException extends WireChoice {
  /** Follows the name of the operation, e.g. `with tools`. */
  readonly when: string;
}

/** Which of the vendor's APIs serves the calls of one operation, and why. */
export interface ExplainedWire extends WireChoice {
  /** Not set: none is known. */
  readonly exceptions?: readonly WireException[];
}

/** What a call may ask for that decides which API serves it. */
interface Feature {
  readonly when: string;
  readonly request: JsonObject;
  /** The feature whose calls these are compared with. Not set: they are compared with most calls. */
  readonly within?: string;
}

const withTools = "with tools";

/** @param tool - a function, as the operation declares it. @param stops - the operation's field for stop sequences */
function featuresOf(tool: JsonObject, stops: string, efforts: readonly string[]): readonly Feature[] {
  const tools = [tool];
  return [
    { when: withTools, request: { tools } },
    ...efforts.map((effort) => ({
      when: `with tools and reasoning_effort ${effort}`,
      request: { tools, reasoning_effort: effort },
      within: withTools,
    })),
    { when: `with ${stops}`, request: { [stops]: ["."] } },
  ];
}

const features: { readonly [Name in OperationName]?: readonly Feature[] } = {
  chat: featuresOf({ type: "function", function: { name: "tool", parameters: {} } }, "stop", ["medium", "none"]),
  messages: featuresOf({ name: "tool", input_schema: { type: "object" } }, "stop_sequences", []),
};

/**
 * For each operation that the provider decides about: which of the vendor's APIs serves its calls, and why.
 * @param request - of a sample call. Its own fields are never replaced by those that are tried
 */
export function explainWires(
  { deployment, provider }: DeploymentRuntime,
  model: string,
  request: JsonObject,
): Readonly<Record<string, ExplainedWire>> {
  const wires: Record<string, ExplainedWire> = {};
  for (const operation of provider.operations) {
    const choose = (feature: JsonObject): WireChoice | undefined => {
      const body = { ...feature, ...request, model } as unknown as FieldsCall["request"];
      return provider.wireOf?.(operation, { deployment, model, request: body });
    };
    const usual = choose({});
    if (usual === undefined) continue;
    const exceptions = exceptionsTo(usual, features[operation] ?? [], choose);
    wires[operation] = exceptions.length === 0 ? usual : { ...usual, exceptions };
  }
  return wires;
}

function exceptionsTo(
  usual: WireChoice,
  tried: readonly Feature[],
  choose: (feature: JsonObject) => WireChoice | undefined,
): readonly WireException[] {
  const choices = new Map<string | undefined, WireChoice>([[undefined, usual]]);
  return tried.flatMap(({ when, request, within }) => {
    const choice = choose(request) ?? usual;
    choices.set(when, choice);
    return choice.operation === choices.get(within)?.operation ? [] : [{ when, ...choice }];
  });
}
