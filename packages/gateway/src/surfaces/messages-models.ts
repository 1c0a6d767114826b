import type { Engine } from "@modelyard/core";
import { type AnswerRoute, createError, type ModelListing, type RequestHead } from "@modelyard/core/kit";
import { json } from "../answers.js";
import { findModel, unknownModel } from "../models.js";

/** Source of the bounds: https://platform.claude.com/docs/en/api/models/list. */
const defaultLimit = 20;
const mostModels = 1_000;

/** The smallest known window by group, since any of its deployments may serve. */
function windowsOf(engine: Engine): ReadonlyMap<string, number> {
  const windows = new Map<string, number>();
  for (const { group, maxInputTokens } of engine.deployments?.() ?? [])
    if (maxInputTokens !== undefined) windows.set(group, Math.min(maxInputTokens, windows.get(group) ?? Infinity));
  return windows;
}

/** A name as a model. `null` is what the API says where nothing is known, and the date is its unknown one. */
function show({ id, group }: ModelListing, windows: ReadonlyMap<string, number>): object {
  return {
    type: "model",
    id,
    display_name: id,
    created_at: "1970-01-01T00:00:00Z",
    max_input_tokens: windows.get(group) ?? null,
    max_tokens: null,
    capabilities: null,
    line: null,
    lifecycle: "active",
    deprecated_at: null,
    retires_at: null,
  };
}

function bad(param: string, problem: string): Error {
  return createError({ kind: "bad_request", param, message: `${param}: ${problem}` });
}

function limitOf(head: RequestHead): number {
  const text = head.query?.("limit");
  if (text === undefined) return defaultLimit;
  const limit = /^\d{1,4}$/u.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= mostModels) return limit;
  throw bad("limit", `must be a whole number from 1 to ${String(mostModels)}.`);
}

/** The position of the model that a field of the query names. `undefined`: the query does not have the field. */
function cursorOf(head: RequestHead, field: string, all: readonly ModelListing[]): number | undefined {
  const id = head.query?.(field);
  if (id === undefined) return undefined;
  const index = all.findIndex((entry) => entry.id === id);
  if (index === -1) throw bad(field, `the model ${JSON.stringify(id.slice(0, 200))} does not exist.`);
  return index;
}

interface Page {
  readonly listed: readonly ModelListing[];
  /** Whether there are more in the direction of the page. */
  readonly more: boolean;
}

function pageOf(head: RequestHead, all: readonly ModelListing[]): Page {
  const limit = limitOf(head);
  const after = cursorOf(head, "after_id", all);
  const before = cursorOf(head, "before_id", all);
  if (after !== undefined && before !== undefined) throw bad("before_id", "cannot be combined with after_id.");
  if (before !== undefined) {
    const start = Math.max(0, before - limit);
    return { listed: all.slice(start, before), more: start > 0 };
  }
  const start = after === undefined ? 0 : after + 1;
  return { listed: all.slice(start, start + limit), more: start + limit < all.length };
}

function accepts(head: RequestHead): boolean {
  return head.header("anthropic-version") !== undefined;
}

/** The list of models, in pages, and one model. They share their paths with other wires, whose clients send no version. */
export const messagesModels: readonly AnswerRoute[] = [
  {
    method: "GET",
    path: "/v1/models",
    aliases: ["/models"],
    accepts,
    answer: (head, { engine }) => {
      const { listed, more } = pageOf(head, engine.models());
      const windows = windowsOf(engine);
      return json(200, {
        data: listed.map((listing) => show(listing, windows)),
        has_more: more,
        first_id: listed[0]?.id ?? null,
        last_id: listed.at(-1)?.id ?? null,
      });
    },
  },
  {
    method: "GET",
    path: "/v1/models/{id...}",
    aliases: ["/models/{id...}"],
    accepts,
    answer: (_, { engine, params: { id = "" } }) => {
      const listing = findModel(engine, id);
      if (listing !== undefined) return json(200, show({ ...listing, id }, windowsOf(engine)));
      throw unknownModel(
        id,
        engine.models().map((entry) => entry.id),
        "model",
      );
    },
  },
];
