/** Tests of the router's types. This file is type-checked with the sources and never run. */
import type {
  CallOptions,
  ChatCompletion,
  ChatCompletionChunk,
  EmbeddingResponse,
  Fallbacks,
  GroupOptions,
  Provider,
  TextCompletion,
  Trail,
} from "@modelyard/core";
import type {
  FallbackEntry,
  Outcome,
  RequestFallbacks,
  SdkChatCompletion,
  SdkChatCompletionChunk,
  SdkEmbeddingResponse,
  SdkTextCompletion,
} from "@modelyard/core/kit";
import { expectTypeOf } from "vitest";
import type { ChunkStream } from "@modelyard/engine";
import { createRouter } from "../src/create-router.js";
import type { CreateRouterOptions } from "../src/options.js";
import type { Routed, Router } from "../src/router.js";

declare const openai: Provider;
declare const maybe: boolean;
declare const flag: boolean | null | undefined;
const messages = [{ role: "user", content: "x" }] as const;

const router = createRouter({
  providers: [openai],
  modelList: [
    { modelName: "gpt-4", model: "openai/gpt-4", id: "east" },
    { modelName: "openai/*", model: "openai/*" },
    { modelName: "a-*-b-*", model: "openai/*" },
  ],
  modelGroupAlias: { four: "gpt-4", hidden: { model: "gpt-4", hidden: true } },
  routingGroups: { any: ["gpt-4"] },
});

// Names: groups, wildcards, aliases, deployments by id, routing groups.
type Names = Parameters<typeof router.completion>[0]["model"];
expectTypeOf<Names>().toEqualTypeOf<
  "gpt-4" | "east" | "four" | "hidden" | "any" | `openai/${string}` | `a-${string}-b-${string}`
>();
// @ts-expect-error -- no such model group
void router.completion({ model: "gpt-5", messages });
// @ts-expect-error -- nor here
void router.embedding({ model: "gpt-5", input: "x" });
// @ts-expect-error -- nor here
void router.textCompletion({ model: "gpt-5", prompt: "x" });

// Options that do not exist are errors, at every depth.
const list = [{ modelName: "gpt-4", model: "openai/gpt-4" }] as const;
// @ts-expect-error -- numRetries
void createRouter({ providers: [openai], modelList: list, numRetrys: 3 });
// @ts-expect-error -- apiKey
void createRouter({ providers: [openai], modelList: [{ modelName: "gpt-4", model: "openai/gpt-4", api_key: "key" }] });
// @ts-expect-error -- RateLimitError
void createRouter({ providers: [openai], modelList: list, retryPolicy: { RateLimitEror: 3 } });
// @ts-expect-error -- ttlMs
void createRouter({ providers: [openai], modelList: list, cache: { ttl: 3 } });
// @ts-expect-error -- hidden
void createRouter({ providers: [openai], modelList: list, modelGroupAlias: { four: { model: "gpt-4", hide: true } } });

// Fallbacks, aliases and groups must name an entry of the model list, if its names are literals.
void createRouter({
  providers: [openai],
  modelList: [
    ...list,
    { modelName: "claude", model: "anthropic/claude", id: "south" },
    { modelName: "openai/*", model: "openai/*" },
  ],
  modelGroupAlias: { four: "gpt-4", five: { model: "four" }, mini: "openai/gpt-mini" },
  routingGroups: { any: ["gpt-4", "claude"] },
  groups: { "gpt-4": { numRetries: 1 }, "openai/*": { numRetries: 1 } },
  fallbacks: [{ "gpt-4": ["claude", { model: "south", set: { temperature: 0 } }] }, { "*": ["openai/gpt-mini"] }],
  contextWindowFallbacks: { four: ["any"], "openai/*": ["gpt-4"] },
  defaultFallbacks: ["claude", { model: "four" }],
});
// @ts-expect-error -- no such group falls back
void createRouter({ providers: [openai], modelList: list, fallbacks: { "gpt-5": ["gpt-4"] } });
// @ts-expect-error -- no such group to fall back to
void createRouter({ providers: [openai], modelList: list, fallbacks: { "gpt-4": ["gpt-5"] } });
// @ts-expect-error -- nor in LiteLLM's spelling
void createRouter({ providers: [openai], modelList: list, fallbacks: [{ "gpt-4": ["gpt-5"] }] });
// @ts-expect-error -- nor for long prompts
void createRouter({ providers: [openai], modelList: list, contextWindowFallbacks: { "gpt-4": [{ model: "gpt-5" }] } });
// @ts-expect-error -- nor for every group
void createRouter({ providers: [openai], modelList: list, defaultFallbacks: ["gpt-5"] });
// @ts-expect-error -- an alias of no group
void createRouter({ providers: [openai], modelList: list, modelGroupAlias: { five: "gpt-5" } });
// @ts-expect-error -- settings of no group
void createRouter({ providers: [openai], modelList: list, groups: { "gpt-5": { numRetries: 1 } } });
// @ts-expect-error -- no such group to choose from
void createRouter({ providers: [openai], modelList: list, routingGroups: { any: ["gpt-5"] } });

// Names that are only known at run time are not checked, neither as a source nor as a target.
declare const wide: {
  readonly name: string;
  readonly names: readonly string[];
  readonly map: Record<string, string[]>;
  readonly maps: Record<string, string[]>[];
  readonly fallbacks: Fallbacks;
  readonly entries: readonly FallbackEntry[];
  readonly aliases: Record<string, string>;
  readonly groups: Record<string, GroupOptions>;
};
expectTypeOf(createRouter({ providers: [openai], modelList: list, fallbacks: wide.map })).toEqualTypeOf<
  Router<"gpt-4">
>();
void createRouter({ providers: [openai], modelList: list, fallbacks: wide.maps });
void createRouter({ providers: [openai], modelList: list, fallbacks: wide.fallbacks });
void createRouter({ providers: [openai], modelList: list, fallbacks: { "gpt-4": wide.names } });
void createRouter({ providers: [openai], modelList: list, fallbacks: { "gpt-4": [wide.name] } });
void createRouter({ providers: [openai], modelList: list, fallbacks: [{ "gpt-4": [{ model: wide.name }] }] });
void createRouter({ providers: [openai], modelList: list, fallbacks: { [wide.name]: ["gpt-4"] } });
void createRouter({ providers: [openai], modelList: list, contextWindowFallbacks: wide.map });
void createRouter({ providers: [openai], modelList: list, contentPolicyFallbacks: wide.maps });
void createRouter({ providers: [openai], modelList: list, defaultFallbacks: wide.names });
void createRouter({ providers: [openai], modelList: list, defaultFallbacks: wide.entries });
void createRouter({ providers: [openai], modelList: list, groups: wide.groups });
void createRouter({ providers: [openai], modelList: list, modelGroupAlias: { four: wide.name } });
void createRouter({ providers: [openai], modelList: list, modelGroupAlias: wide.aliases });
void createRouter({ providers: [openai], modelList: list, routingGroups: { any: wide.names } });
void createRouter({ providers: [openai], modelList: list, routingGroups: wide.map });
// @ts-expect-error -- a list of something else
void createRouter({ providers: [openai], modelList: list, fallbacks: { "gpt-4": [3] } });
// @ts-expect-error -- a list where a map belongs
void createRouter({ providers: [openai], modelList: list, fallbacks: wide.names });

// Lists that are created by code accept the names in their types.
const keys: readonly string[] = [];
const made = createRouter({
  providers: [openai],
  modelList: keys.map((apiKey, index) => ({
    modelName: "gpt-4" as const,
    model: "openai/gpt-4",
    apiKey,
    id: `key-${index}` as const,
  })),
});
expectTypeOf<Parameters<typeof made.completion>[0]["model"]>().toEqualTypeOf<"gpt-4" | `key-${number}`>();
expectTypeOf(
  createRouter({ providers: [openai], modelList: keys.map((modelName) => ({ modelName, model: "openai/x" })) }),
).toEqualTypeOf<Router>();

// A configuration that is only known at run time accepts any name.
declare const unknownOptions: CreateRouterOptions;
expectTypeOf(createRouter(unknownOptions)).toEqualTypeOf<Router>();
void createRouter(unknownOptions).completion({ model: "anything", messages });
const anyName: Router = router;
void anyName.completion({ model: "anything", messages });

// `stream` decides the type of the result, which is at least what providers return.
type Answer = Routed<SdkChatCompletion>;
type Stream = ChunkStream<SdkChatCompletionChunk>;
expectTypeOf<Answer>().toExtend<Routed<ChatCompletion>>();
expectTypeOf<Stream>().toExtend<ChunkStream<ChatCompletionChunk>>();
const model = "gpt-4";
expectTypeOf(router.completion({ model, messages })).resolves.toEqualTypeOf<Answer>();
expectTypeOf(router.completion({ model, messages, stream: false })).resolves.toEqualTypeOf<Answer>();
expectTypeOf(router.completion({ model, messages, stream: null })).resolves.toEqualTypeOf<Answer>();
expectTypeOf(router.completion({ model, messages, stream: true })).resolves.toEqualTypeOf<Stream>();
expectTypeOf(router.completion({ model, messages, stream: maybe })).resolves.toEqualTypeOf<Answer | Stream>();
if (flag !== undefined)
  expectTypeOf(router.completion({ model, messages, stream: flag })).resolves.toEqualTypeOf<Answer | Stream>();
const prompt = "x";
expectTypeOf(router.textCompletion({ model, prompt })).resolves.toEqualTypeOf<Routed<SdkTextCompletion>>();
expectTypeOf(router.textCompletion({ model, prompt, stream: true })).resolves.toEqualTypeOf<
  ChunkStream<TextCompletion>
>();
expectTypeOf(router.textCompletion({ model, prompt, stream: maybe })).resolves.toEqualTypeOf<
  Routed<SdkTextCompletion> | ChunkStream<TextCompletion>
>();
expectTypeOf(router.embedding({ model, input: ["x"] })).resolves.toEqualTypeOf<Routed<SdkEmbeddingResponse>>();
expectTypeOf(router.embedding({ model, input: ["x"], encoding_format: "base64" })).resolves.toEqualTypeOf<
  Routed<EmbeddingResponse>
>();

// Unknown fields are passed on; known ones are checked.
void router.completion({ model, messages, temperature: 0, x_vendor: { any: "thing" }, num_retries: 1 });
// @ts-expect-error -- a temperature is a number
void router.completion({ model, messages, temperature: "hot" });
// @ts-expect-error -- messages are missing
void router.completion({ model });

// The answer has the trail.
expectTypeOf<Answer["routing"]>().toEqualTypeOf<Trail>();
expectTypeOf<Stream["routing"]>().toEqualTypeOf<Trail>();

// Fallbacks of a request: names, objects, maps.
expectTypeOf<readonly string[]>().toExtend<RequestFallbacks>();
expectTypeOf<readonly FallbackEntry[]>().toExtend<NonNullable<CallOptions["fallbacks"]>>();
void router.completion({ model, messages }, { fallbacks: ["four", { model: "east", set: { temperature: 0 } }] });
void router.completion({ model, messages }, { fallbacks: [{ "gpt-4": ["four"] }] });
void router.completion({ model, messages }, { fallbacks: { "*": ["four"] } });
// @ts-expect-error -- a map leads to lists
void router.completion({ model, messages }, { fallbacks: { "gpt-4": "four" } });

// An operation decides the shape of its outcome.
expectTypeOf(router.execute("chat", { model, messages })).resolves.toEqualTypeOf<Outcome<"chat">>();
expectTypeOf<Outcome<"embeddings">>()
  .extract<{ kind: "answer" }>()
  .toHaveProperty("value")
  .toEqualTypeOf<EmbeddingResponse>();
