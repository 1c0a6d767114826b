import { isJsonObject, type JsonObject } from "@modelyard/core";

export type DialectName = "openai" | "azure" | "anthropic";
export type UpstreamOperation = "chat" | "text_completion" | "embeddings" | "messages";

/** What was asked, read from the path and the body. */
export interface Asked {
  readonly dialect: DialectName;
  readonly operation: UpstreamOperation;
  readonly model: string;
  readonly body: JsonObject;
}

/** Where a request went: one of the vendors' paths, behind the name of a host. */
export interface Place {
  readonly host: string;
  readonly dialect: DialectName;
  readonly operation: UpstreamOperation;
  readonly azureDeployment: string | undefined;
}

const operationPaths: readonly { readonly end: string; readonly operation: UpstreamOperation }[] = [
  { end: "/chat/completions", operation: "chat" },
  { end: "/completions", operation: "text_completion" },
  { end: "/embeddings", operation: "embeddings" },
  { end: "/messages", operation: "messages" },
];
const roots = new Set(["v1", "chat", "completions", "embeddings", "messages"]);
const azurePath = /\/openai\/deployments\/(?<name>[^/]+)\//u;

/** `undefined`: no path of a vendor. */
export function placeOf(url: string): Place | undefined {
  const { pathname } = new URL(url, "http://upstream");
  const operation = operationPaths.find(({ end }) => pathname.endsWith(end))?.operation;
  if (operation === undefined) return undefined;
  const [first = "", second] = pathname.split("/").slice(1);
  const name = azurePath.exec(pathname)?.groups?.["name"];
  const azureDeployment = name === undefined ? undefined : decodeURIComponent(name);
  const dialect = operation === "messages" ? "anthropic" : azureDeployment === undefined ? "openai" : "azure";
  const nameless = roots.has(first) || (first === "openai" && second === "deployments");
  return { host: nameless ? "" : first, dialect, operation, azureDeployment };
}

const required: Readonly<Record<UpstreamOperation, readonly string[]>> = {
  chat: ["messages"],
  text_completion: ["prompt"],
  embeddings: ["input"],
  messages: ["max_tokens", "messages", "model"],
};

/** Why no vendor would take this request; `undefined`: one would. */
export function refusalOf(place: Place, body: unknown): string | undefined {
  if (!isJsonObject(body)) return "We could not parse the JSON body of your request.";
  const needed = place.dialect === "openai" ? ["model", ...required[place.operation]] : required[place.operation];
  const missing = needed.find((field) => body[field] === undefined);
  if (missing === undefined) return undefined;
  return place.dialect === "anthropic" ? `${missing}: Field required` : `Missing required parameter: '${missing}'.`;
}
