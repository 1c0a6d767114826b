import type { WireName } from "../hub/common.js";
import type { HubIdentity } from "../hub/request.js";
import type { JsonObject } from "../json.js";
import type { LossList } from "../losses.js";

/** Email addresses and telephone numbers. Anthropic refuses requests with such ids: BerriAI/litellm, issue 10106. */
const personal = /[^\s@]@[^\s@]+\.[^\s@]|^\+?[\d\s()-]{7,}$/u;

/** How many characters of an id are searched for them. Anthropic accepts 256; a search through megabytes takes too long. */
const longestUser = 1_024;

/** The only metadata of Messages: an opaque id of the user. It does not change the answer. */
export function writeIdentity(identity: HubIdentity, wire: WireName, losses: LossList): JsonObject | undefined {
  const { user, safetyIdentifier, metadata } = identity;
  const own = metadata?.["user_id"];
  const isOwn = typeof own === "string" && own !== "";
  if (metadata !== undefined && (!isOwn || Object.keys(metadata).length > 1))
    losses.dropped("metadata", "Messages only has the id of the user.");
  const id = isOwn ? own : (user ?? safetyIdentifier);
  const path = isOwn ? "metadata" : user === undefined ? "safety_identifier" : "user";
  if (isOwn && user !== undefined) losses.dropped("user", "The metadata has another id of the user.");
  if (safetyIdentifier !== undefined && path !== "safety_identifier")
    losses.dropped("safety_identifier", "The request has another id of the user.");
  if (id === undefined || id === "") return undefined;
  if (wire === "messages" || !personal.test(id.slice(0, longestUser))) return { user_id: id };
  losses.dropped(path, "Anthropic does not accept the email address or telephone number of a person.");
  return undefined;
}
