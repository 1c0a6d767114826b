import type { Provider } from "@modelyard/core";
import {
  type Continuation,
  didYouMean,
  type FinishReasonMeaning,
  finishReasonMeanings,
  invalidOption,
  type ProviderEnvironment,
  readFinishReasons,
} from "@modelyard/core/kit";
import {
  apiKey,
  checkOptions,
  choice,
  flag,
  map,
  name,
  object,
  refusals,
  type RulesOf,
  shape,
  text,
  transport,
} from "@modelyard/core/options";
import { httpProvider } from "@modelyard/provider-kit";
import { hosts } from "./dialects.js";
import type { Host } from "./host.js";
import { readAzureModel, readOpenAIModel } from "./model-names.js";
import { openaiVendor } from "./openai-vendor.js";
import type { Dialect, OpenAIProviderOptions } from "./dialect.js";
import { unservedByAzure } from "./unserved.js";

const rules: RulesOf<OpenAIProviderOptions> = {
  apiKey,
  env: object,
  baseUrl: text,
  apiVersion: text,
  transport,
  refuses: refusals,
};
function made(dialect: Dialect, options: OpenAIProviderOptions): Provider {
  return httpProvider(openaiVendor(dialect, options), options);
}

const ownOptions = shape<OpenAIProviderOptions>(rules);

/** Source: OpenAI, "Models". */
const openaiModels =
  /^(?:gpt-|chatgpt-|o[1-9](?:-|$)|text-embedding-|text-davinci|davinci|babbage|omni-moderation|whisper-|tts-|dall-e-|sora-|codex-|computer-use-|ft:(?:gpt|o[1-9]|davinci|babbage)|\*$)/u;

/** The provider `openai`: OpenAI, or any compatible host at `apiBase`. @throws `invalid_option` */
export function openai(options: OpenAIProviderOptions = {}): Provider {
  checkOptions(options, ownOptions, "openai");
  const dialect = {
    name: "openai",
    azure: false,
    baseUrl: "https://api.openai.com/v1",
    keyless: false,
    streamUsage: true,
    responses: true,
    compacts: true,
    claims: openaiModels,
    environment: {
      apiKey: ["OPENAI_API_KEY"],
      apiBase: ["OPENAI_BASE_URL", "OPENAI_API_BASE"],
      organization: ["OPENAI_ORGANIZATION"],
    },
    readModel: readOpenAIModel,
  };
  return made(dialect, options);
}

/** The provider `azure`: Azure OpenAI. The model is the name of the Azure deployment. @throws `invalid_option` */
export function azure(options: OpenAIProviderOptions = {}): Provider {
  checkOptions(options, ownOptions, "azure");
  return made(
    {
      name: "azure",
      azure: true,
      baseUrl: undefined,
      keyless: false,
      streamUsage: true,
      responses: true,
      // Source: Codex, which compacts there, too (`codex-rs/model-provider-info`).
      compacts: true,
      environment: {
        apiKey: ["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"],
        apiBase: ["AZURE_API_BASE"],
        apiVersion: ["AZURE_API_VERSION"],
        ownAddress: true,
      },
      readModel: readAzureModel,
      api: "own",
      unserved: unservedByAzure,
    },
    options,
  );
}

export interface CompatibleOptions extends OpenAIProviderOptions {
  /** The name before the `/` of a model. One of the known hosts, or any other name together with a `baseUrl`. */
  readonly name: string;
  /** Whether it can be called without a key. @defaultValue as is known of the host; true for other hosts */
  readonly keyless?: boolean;
  /** Whether it understands `stream_options.include_usage`. @defaultValue as is known of the host; true for other hosts */
  readonly streamUsage?: boolean;
  /**
   * The meaning of each of its finish reasons: `stop`, `length`, `content_filter`, or the class of the failure that it
   * reports, e.g. `{ sensitive: "ContentPolicyViolationError" }`. @defaultValue the finish reasons that hosts are known to use
   */
  readonly finishReasons?: Readonly<Record<string, FinishReasonMeaning>>;
  /**
   * The fields that tell it to continue an answer from its beginning, e.g. `{ message: { prefix: true } }`. `{}` means that it
   * does so without any. @defaultValue as is known of the host
   */
  readonly continuation?: Continuation;
}

const compatibleOptions = shape<CompatibleOptions>(
  {
    ...rules,
    name: name("Name the host."),
    keyless: flag,
    streamUsage: flag,
    continuation: shape<Continuation>({ message: object, body: object }),
    finishReasons: map(choice(finishReasonMeanings)),
  },
  { required: ["name"] },
);

/** The environment variables in which LiteLLM's users keep keys and addresses. Source: LiteLLM's provider pages. */
function environmentOf(host: Host): ProviderEnvironment {
  return {
    apiKey: [...(host.keyVariable === undefined ? [] : [host.keyVariable]), ...(host.otherKeyVariables ?? [])],
    apiBase: [host.baseVariable ?? `${host.name.toUpperCase()}_API_BASE`],
    ...(host.keyless === true ? { keyless: true } : {}),
    ...(host.baseUrl === undefined ? { ownAddress: true } : {}),
    ...(host.baseTemplate === undefined ? {} : { apiBaseTemplate: host.baseTemplate }),
  };
}

/**
 * Any host with an OpenAI-compatible API.
 * @throws `invalid_option`, also for an unknown name without a `baseUrl`
 */
export function openaiCompatible(options: CompatibleOptions): Provider {
  checkOptions(options, compatibleOptions, "openaiCompatible");
  const host: Host | undefined = hosts.find((candidate) => candidate.name === options.name);
  if (host === undefined && options.baseUrl === undefined) {
    const names = hosts.map((candidate) => candidate.name);
    throw invalidOption(
      "openaiCompatible.name",
      `"${options.name}" is not a known host.${didYouMean(options.name, names)}`,
      "Set its baseUrl.",
    );
  }
  return made(
    {
      name: options.name,
      azure: false,
      baseUrl: host?.baseUrl,
      keyless: options.keyless ?? (host === undefined || host.keyless === true),
      streamUsage: options.streamUsage ?? host?.streamUsage ?? true,
      responses: host?.responses,
      apiPath: host?.apiPath,
      addressForms: host?.addressForms,
      foundry: host?.foundry,
      readModel: host?.readModel,
      finishReasons: options.finishReasons === undefined ? undefined : readFinishReasons(options.finishReasons),
      continuation: options.continuation ?? host?.continuation,
      claims: host?.claims,
      environment: host === undefined ? undefined : environmentOf(host),
      catalogId: host?.catalogId,
      api: host?.api,
      unserved: host?.unserved,
      ignoredFields: host?.ignoredFields,
    },
    options,
  );
}
