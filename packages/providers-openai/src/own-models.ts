import type { Deployment, OperationName, ProviderCall, ProviderResult } from "@modelyard/core";
import { type Fitted, fitRequest } from "./fit-request.js";
import { withoutForeignMarks } from "./foreign-marks.js";
import { type Dialect, OpenAIProvider, type OpenAIProviderOptions } from "./openai-provider.js";

/** OpenAI's own models, at OpenAI or in Azure, some of which do not take what others do. */
export class OwnModelsProvider extends OpenAIProvider {
  readonly #strict = new WeakMap<Deployment, boolean>();
  readonly #isStrict: (deployment: Deployment) => boolean;

  constructor(dialect: Dialect, options: OpenAIProviderOptions) {
    super(dialect, options);
    // Whoever else answers in OpenAI's words may know the marks: LiteLLM's proxy, or a host of Claude's.
    this.#isStrict = ({ connection }) =>
      dialect.azure || isOpenAI(connection.baseUrl ?? options.baseUrl ?? dialect.baseUrl);
  }

  override call(operation: OperationName, call: ProviderCall): Promise<ProviderResult> {
    const unmarked = operation === "chat" && this.#refusesMarks(call.deployment) ? withoutMarks(call) : undefined;
    const fitted = fitRequest(operation, unmarked?.call ?? call);
    const made = fitted ?? unmarked;
    if (made === undefined) return super.call(operation, call);
    const dropped = [...(unmarked?.dropped ?? []), ...(fitted?.dropped ?? [])];
    const result = super.call(operation, made.call);
    return dropped.length === 0 ? result : result.then((facts) => ({ ...facts, droppedParams: dropped }));
  }

  #refusesMarks(deployment: Deployment): boolean {
    let strict = this.#strict.get(deployment);
    if (strict === undefined) {
      strict = this.#isStrict(deployment);
      this.#strict.set(deployment, strict);
    }
    return strict;
  }
}

function isOpenAI(baseUrl: string | undefined): boolean {
  try {
    return /(?:^|\.)openai\.com$/u.test(new URL(baseUrl ?? "").hostname);
  } catch {
    return false;
  }
}

function withoutMarks(call: ProviderCall): Fitted | undefined {
  const unmarked = withoutForeignMarks(call.request);
  if (unmarked === undefined) return undefined;
  const request = unmarked.request as unknown as ProviderCall["request"];
  return { call: { ...call, request, requestText: undefined }, dropped: unmarked.dropped };
}
