import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { WireName } from "./cells.js";

/** Says what is wrong with a value, as paths and reasons. Nothing if it is valid */
type Check = (value: JsonObject) => readonly string[];

/** What the vendors' specifications say about one wire. */
export interface WireSchemas {
  readonly answer: Check;
  readonly event: Check;
  readonly error: Check;
}

/** The folder with the specifications that llm-comply brings along. */
export function specificationsOf(llmComply: string): string {
  const library = join(realpathSync(llmComply), "../../lib");
  const folder = readdirSync(library)
    .map((python) => join(library, python, "site-packages/llm_comply/specs"))
    .find((path) => isFolder(path));
  if (folder === undefined) throw new Error(`llm-comply's specifications are not below ${library}.`);
  return folder;
}

function isFolder(path: string): boolean {
  try {
    return readdirSync(path).length > 0;
  } catch {
    return false;
  }
}

/** @param folder - the one with the specifications */
export function readSchemas(folder: string, wire: WireName): WireSchemas {
  const read = (file: string): Specification => new Specification(join(folder, file));
  switch (wire) {
    case "chat": {
      const openai = read("openai_chat.json");
      return {
        answer: openai.named("CreateChatCompletionResponse"),
        event: openai.named("CreateChatCompletionStreamResponse"),
        error: openai.named("ErrorResponse"),
      };
    }
    case "responses": {
      // OpenAI's own is older, and does not allow the `usage: null` that OpenAI sends at the start of a stream.
      const open = read("openresponses.json");
      const [answer, event] = [open.named("ResponseResource"), open.byType(/StreamingEvent$/u)];
      return {
        answer: (value) => answer(withoutFormatSchema(value)),
        event: (value) =>
          event(
            isJsonObject(value["response"]) ? { ...value, response: withoutFormatSchema(value["response"]) } : value,
          ),
        error: read("openai_chat.json").named("ErrorResponse"),
      };
    }
    case "messages": {
      const anthropic = read("anthropic.json");
      return {
        answer: anthropic.named("Message"),
        event: anthropic.byType(/^(?!Beta).*Event$/u),
        error: anthropic.named("ErrorResponse"),
      };
    }
  }
}

/** Open Responses says that a response has no schema in its format, but OpenAI repeats the request's. */
function withoutFormatSchema(response: JsonObject): JsonObject {
  const { text } = response;
  if (!isJsonObject(text) || !isJsonObject(text["format"]) || text["format"]["schema"] === undefined) return response;
  return { ...response, text: { ...text, format: { ...text["format"], schema: null } } };
}

/** What is read of a schema, besides validating with it. */
interface Schema {
  readonly properties?: Readonly<Record<string, { readonly const?: unknown; readonly enum?: readonly unknown[] }>>;
}

/** A specification in OpenAPI. */
class Specification {
  readonly #file: string;
  readonly #schemas: Readonly<Record<string, Schema>>;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });

  constructor(file: string) {
    const { components } = JSON.parse(readFileSync(file, "utf8")) as {
      readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
    };
    this.#file = file;
    this.#schemas = components.schemas;
    this.#ajv.addSchema({ $id: "specification", components: withoutNullable(components) });
  }

  named(name: string): Check {
    return (value) => {
      const validate = this.#ajv.getSchema(`specification#/components/schemas/${name}`);
      if (validate === undefined) throw new Error(`${this.#file} has no schema ${name}.`);
      if (validate(value) === true) return [];
      return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ""}`);
    };
  }

  /** With one of the schemas with such names: the one of the value's type. */
  byType(names: RegExp): Check {
    const candidates = Object.entries(this.#schemas).filter(([name]) => names.test(name));
    return (value) => {
      const found = candidates.find(([, { properties }]) => {
        const { const: only, enum: words = [only] } = properties?.["type"] ?? {};
        return words.includes(value["type"]);
      });
      return found === undefined ? [`${this.#file} has no ${String(value["type"])}.`] : this.named(found[0])(value);
    };
  }
}

/** OpenAPI 3.0 has a keyword for what is an alternative in JSON Schema. */
function withoutNullable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutNullable);
  if (typeof schema !== "object" || schema === null) return schema;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, withoutNullable(value)]),
  );
  return nullable === true ? { anyOf: [rest, { type: "null" }] } : rest;
}
