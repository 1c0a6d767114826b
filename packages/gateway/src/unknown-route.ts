import type { RouterError, Surface } from "@modelyard/core";
import { createError, didYouMean, type RequestHead } from "@modelyard/core/kit";

import { isPattern } from "./path-tree.js";

const chat = "/v1/chat/completions";
const responses = "/v1/responses";
const messages = "/v1/messages";

interface Elsewhere {
  /** The first segment of its paths, after the version and other prefixes. */
  readonly name: string;
  readonly problem: string;
  /** What to do instead: paths that may be served, best first, with the advice. */
  readonly instead: readonly (readonly [path: string, advice: string])[];
}

/** APIs that clients ask for and that others can stand in for. */
const replaced: readonly Elsewhere[] = [
  {
    name: "responses",
    problem: "The Responses API is not served",
    instead: [[chat, `set your client to chat completions (POST ${chat}), which all models here answer`]],
  },
  {
    name: "conversations",
    problem: "Conversations are not stored here",
    instead: [
      [responses, `send the whole input with each request (POST ${responses})`],
      [chat, `set your client to chat completions (POST ${chat})`],
    ],
  },
  {
    name: "messages",
    problem: "Anthropic's API is not served",
    instead: [[chat, `use a client of OpenAI's API (POST ${chat}), where Claude answers too`]],
  },
  {
    name: "complete",
    problem: "Anthropic's text completions are not served",
    instead: [
      [messages, `use Messages (POST ${messages})`],
      [chat, `use a client of OpenAI's API (POST ${chat})`],
    ],
  },
];

/** The rest of OpenAI's API, and what LiteLLM's proxy adds to it. Source: OpenAI's API reference, LiteLLM's proxy docs, 2026-11. */
const others: ReadonlySet<string> = new Set(
  (
    "assistants audio batches containers evals files fine_tuning images moderations ocr rag realtime rerank search " +
    "skills threads uploads vector_stores videos"
  ).split(" "),
);

/** The first segment of a path, after the prefixes that the APIs of OpenAI, Azure and others put before it. */
const segment =
  /^(?:\/openai)?(?:\/deployments\/[^/]+|\/engines\/[^/]+)?(?:\/(?:v1|v2|beta))*\/(?<name>[a-z_]+)(?:\/|$)/u;

function firstSegment(path: string): string {
  return segment.exec(path)?.groups?.["name"] ?? "";
}

/** The paths of all surfaces as a list in words, without aliases and placeholders. */
function listed(paths: readonly string[]): string {
  const whole = paths.filter((path) => !isPattern(path));
  return whole.length < 2 ? whole.join("") : `${whole.slice(0, -1).join(", ")} and ${String(whole.at(-1))}`;
}

function advice(path: string, surfaces: readonly Surface[], paths: readonly string[]): string {
  const served = [...new Set(surfaces.flatMap(({ routes }) => routes.map((route) => route.path)))];
  const offer = ` This server offers ${listed(served)}`;
  const near = (): string => didYouMean(path, paths) || `${offer}.`;
  const name = firstSegment(path);
  if (served.includes(chat) && path.includes("/chat/completions/"))
    return " Stored completions are not available here; ask the vendor directly.";
  // Only part of an API may be missing.
  if (served.some((one) => firstSegment(one) === name)) return near();
  const known = replaced.find((one) => one.name === name);
  const instead = known?.instead.find(([one]) => served.includes(one))?.[1];
  if (known !== undefined) return ` ${known.problem}${instead === undefined ? `.${offer}` : `: ${instead}`}.`;
  return others.has(name) ? `${offer}; send this request to the vendor directly.` : near();
}

/** @param paths - all that are served, also by custom routes */
export function unknownRoute(
  { method, path }: RequestHead,
  surfaces: readonly Surface[],
  paths: readonly string[],
): RouterError {
  const asked = `${method.slice(0, 20)} ${path.slice(0, 200)}`;
  return createError({
    kind: "not_found",
    code: "unknown_route",
    message: `There is no ${asked}.${advice(path.slice(0, 2_000), surfaces, paths)}`,
  });
}
