import type { JsonObject, ProviderCall } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";

/** How many bytes become characters in one call, which takes each as an argument. */
const piece = 8_192;

function floatsToBase64(floats: readonly number[]): string {
  const bytes = new Uint8Array(floats.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, float] of floats.entries()) view.setFloat32(index * 4, float, true);
  let binary = "";
  for (let at = 0; at < bytes.length; at += piece) binary += String.fromCharCode(...bytes.subarray(at, at + piece));
  return btoa(binary);
}

function isFloats(value: unknown): value is readonly number[] {
  return Array.isArray(value) && (value as readonly unknown[]).every((item) => typeof item === "number");
}

/** Whether a request for embeddings wants them in base64. */
export function wantsBase64({ request }: ProviderCall): boolean {
  return (request as { readonly encoding_format?: unknown }).encoding_format === "base64";
}

/**
 * Converts embeddings to base64 if a host answers with numbers, as many do. OpenAI's SDK for Node requests base64 unless told
 * otherwise and, up to version 6, turns anything else into empty lists.
 */
export function inBase64(answer: JsonObject): JsonObject {
  const { data } = answer;
  if (!Array.isArray(data)) return answer;
  const items = data as readonly unknown[];
  if (!items.some((item) => isJsonObject(item) && isFloats(item["embedding"]))) return answer;
  const encoded = items.map((item) =>
    isJsonObject(item) && isFloats(item["embedding"])
      ? { ...item, embedding: floatsToBase64(item["embedding"]) }
      : item,
  );
  return { ...answer, data: encoded };
}
