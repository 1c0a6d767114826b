import { isJsonObject, type JsonObject } from "../json.js";
import type { StoredId, StoredIds } from "./operation-row.js";

type Replace = (id: string) => string;

const none: readonly StoredId[] = Object.freeze([]);

/**
 * The ids of Responses: those of responses, conversations and items. Vendors store answers unless the request says
 * `store: false`. Source: https://platform.openai.com/docs/api-reference/responses/create.
 */
export const storedIds: StoredIds = {
  stores: ({ store }) => store !== false,
  of: ({ previous_response_id: previous, conversation, input }) => {
    const items = Array.isArray(input) ? input : none;
    if (previous == null && conversation == null && !items.some(isReference)) return none;
    const named = [
      { path: "previous_response_id", id: previous },
      { path: "conversation", id: isJsonObject(conversation) ? conversation["id"] : conversation },
      ...items.flatMap((item: unknown, index) =>
        isReference(item) ? referenceIn(item, `input[${String(index)}]`) : [],
      ),
    ];
    return named.filter((entry): entry is StoredId => typeof entry.id === "string" && entry.id !== "");
  },
  optional: ({ input }) => {
    if (!Array.isArray(input) || !input.some(isStoredReasoning)) return none;
    return input.flatMap((item: unknown, index): readonly StoredId[] =>
      isStoredReasoning(item) ? [{ path: `input[${String(index)}]`, id: item.id }] : [],
    );
  },
  without: (request, ids) => {
    const items = request["input"] as readonly unknown[];
    return { ...request, input: items.filter((item) => !isStoredReasoning(item) || !ids.has(item.id)) };
  },
  with: (request, replace) => {
    const { input } = request;
    const changed = renameFields(request, ["previous_response_id"], replace);
    const moved = renameConversation(changed, replace);
    const items = Array.isArray(input) ? renameItems(input, replace) : input;
    return items === input ? moved : { ...moved, input: items };
  },
  rename: (value, replace) => {
    const { item, response } = value;
    let renamed = typeof value["object"] === "string" ? renameResponse(value, replace) : value;
    if (isJsonObject(response)) renamed = { ...renamed, response: renameResponse(response, replace) };
    if (isJsonObject(item)) renamed = { ...renamed, item: renameItem(item, replace) };
    return renameFields(renamed, ["item_id"], replace);
  },
  answerId: ({ object, id, response }) => {
    const found = object === "response" ? id : isJsonObject(response) ? response["id"] : undefined;
    return typeof found === "string" && found !== "" ? found : undefined;
  },
  introducing: /"(?:response|item)"\s*:\s*\{/u,
};

/** Whether an item stands for one that is stored. References may omit their type, and then have nothing but an id. */
function isReference(item: unknown): item is JsonObject {
  if (!isJsonObject(item)) return false;
  const { type, id } = item;
  if (type === "item_reference" || type === "mcp_approval_response") return true;
  return type == null && typeof id === "string" && item["role"] === undefined;
}

/** Whether an item is reasoning that the caller does not have, so that only its id says what it was. */
function isStoredReasoning(item: unknown): item is JsonObject & { readonly id: string } {
  return (
    isJsonObject(item) &&
    item["type"] === "reasoning" &&
    item["encrypted_content"] == null &&
    typeof item["id"] === "string"
  );
}

function referenceIn(item: JsonObject, path: string): { readonly path: string; readonly id: unknown } {
  const field = item["type"] === "mcp_approval_response" ? "approval_request_id" : "id";
  return { path: `${path}.${field}`, id: item[field] };
}

const idFields = ["id", "previous_response_id", "first_id", "last_id"] as const;

/** A response, what is said about one that was deleted, or a list of items. */
function renameResponse(response: JsonObject, replace: Replace): JsonObject {
  let renamed = renameConversation(renameFields(response, idFields, replace), replace);
  for (const field of ["output", "data"]) {
    const items = response[field];
    if (Array.isArray(items)) renamed = Object.assign({}, renamed, { [field]: renameItems(items, replace) });
  }
  return renamed;
}

function renameConversation(value: JsonObject, replace: Replace): JsonObject {
  const { conversation } = value;
  if (!isJsonObject(conversation)) return renameFields(value, ["conversation"], replace);
  const renamed = renameFields(conversation, ["id"], replace);
  return renamed === conversation ? value : { ...value, conversation: renamed };
}

/** @returns the same list if nothing changes */
function renameItems(items: readonly unknown[], replace: Replace): readonly unknown[] {
  let renamed: unknown[] | undefined;
  for (const [index, item] of items.entries()) {
    if (!isJsonObject(item)) continue;
    const changed = renameItem(item, replace);
    if (changed === item) continue;
    renamed ??= [...items];
    renamed[index] = changed;
  }
  return renamed ?? items;
}

function renameItem(item: JsonObject, replace: Replace): JsonObject {
  return renameFields(item, ["id", "approval_request_id"], replace);
}

/** @returns the same object if nothing changes */
function renameFields(value: JsonObject, fields: readonly string[], replace: Replace): JsonObject {
  let changes: Record<string, string> | undefined;
  for (const field of fields) {
    const id = value[field];
    if (typeof id !== "string" || id === "") continue;
    const changed = replace(id);
    if (changed === id) continue;
    changes ??= {};
    changes[field] = changed;
  }
  return changes === undefined ? value : { ...value, ...changes };
}
