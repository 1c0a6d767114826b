import type { OperationName } from "@modelyard/core";
import { isJsonObject, operations } from "@modelyard/core/kit";

export type DialectName = "openai" | "azure" | "anthropic";

/** What a request's path names: a host and one of a vendor's operations. */
export interface Place {
  readonly host: string;
  readonly dialect: DialectName;
  readonly operation: OperationName;
  readonly azureDeployment: string | undefined;
  /** Whether it is one of the test's own paths. Requests to those are not validated. */
  readonly own: boolean;
}

/** Path suffixes, for example `/speak`, and the operation of each. */
export type OwnPaths = Readonly<Record<string, OperationName>>;

/** Longer suffixes first: `/chat/completions` also ends in `/completions`. */
const operationPaths: readonly { readonly end: string; readonly operation: OperationName }[] = Object.values(operations)
  .map(({ path, name }) => ({ end: path, operation: name }))
  .toSorted((one, other) => other.end.length - one.end.length);
/** The dialects of operations that only one vendor has. */
const dialects: Readonly<Partial<Record<OperationName, DialectName>>> = {
  messages: "anthropic",
  messages_count_tokens: "anthropic",
};
const roots = new Set(["v1", ...operationPaths.map(({ end }) => end.split("/")[1])]);
const azurePath = /\/openai\/deployments\/(?<name>[^/]+)\//u;

/** The vendor and operation that a URL belongs to, or `undefined` if it is not a path of any vendor. */
export function placeOf(url: string, ownPaths: OwnPaths = {}): Place | undefined {
  const { pathname } = new URL(url, "http://upstream");
  const [first = "", second] = pathname.split("/").slice(1);
  const own = Object.entries(ownPaths).find(([end]) => pathname.endsWith(end));
  if (own !== undefined) {
    const [end, sent] = own;
    return {
      host: pathname === end ? "" : first,
      dialect: "openai",
      operation: sent,
      azureDeployment: undefined,
      own: true,
    };
  }
  const operation = operationPaths.find(({ end }) => pathname.endsWith(end))?.operation;
  if (operation === undefined) return undefined;
  const name = azurePath.exec(pathname)?.groups?.["name"];
  const azureDeployment = name === undefined ? undefined : decodeURIComponent(name);
  const dialect = dialects[operation] ?? (azureDeployment === undefined ? "openai" : "azure");
  const nameless = roots.has(first) || (first === "openai" && second === "deployments");
  return { host: nameless ? "" : first, dialect, operation, azureDeployment, own: false };
}

/** Fields that vendors require besides the one that the row of the operation requires. */
const alsoRequired: Readonly<Partial<Record<OperationName, readonly string[]>>> = {
  messages: ["model", "max_tokens"],
  messages_count_tokens: ["model"],
};

/** Why every vendor would reject this request, or `undefined` if it is valid. */
export function refusalOf(place: Place, body: unknown): string | undefined {
  if (place.own) return undefined;
  if (!isJsonObject(body)) return "We could not parse the JSON body of your request.";
  const { required, insteadOfRequired = [] } = operations[place.operation];
  const needed = [...(place.dialect === "openai" ? ["model"] : []), ...(alsoRequired[place.operation] ?? []), required];
  const given = (field: string): boolean =>
    body[field] !== undefined || (field === required && insteadOfRequired.some((other) => body[other] != null));
  const missing = needed.find((field) => !given(field));
  if (missing === undefined) return undefined;
  return place.dialect === "anthropic" ? `${missing}: Field required` : `Missing required parameter: '${missing}'.`;
}
