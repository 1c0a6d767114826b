import type { OperationName, ProviderCall, ProviderResult } from "@modelyard/core";
import { fitRequest } from "./fit-request.js";
import { OpenAIProvider } from "./openai-provider.js";

/** OpenAI's own models, at OpenAI or in Azure, some of which do not take what others do. */
export class OwnModelsProvider extends OpenAIProvider {
  override call(operation: OperationName, call: ProviderCall): Promise<ProviderResult> {
    const fitted = fitRequest(operation, call);
    if (fitted === undefined) return super.call(operation, call);
    const { dropped } = fitted;
    const result = super.call(operation, fitted.call);
    return dropped.length === 0 ? result : result.then((made) => ({ ...made, droppedParams: dropped }));
  }
}
