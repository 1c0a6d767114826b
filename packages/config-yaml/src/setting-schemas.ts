import { finishReasonMeanings, type FinishReasonMeaning } from "@modelyard/core/kit";
import {
  affinityKeys,
  type Kind,
  type Place,
  rowsAt,
  type Setting,
  type Settings,
  unitOf,
} from "@modelyard/core/settings";
import * as z from "zod";
import { callTypes } from "./call-types.js";
import {
  allowedFailsPolicy,
  atLeastOne,
  atLeastZero,
  count,
  dropParams,
  fallbackEntry,
  fallbacks,
  flag,
  number,
  positive,
  record,
  retryPolicy,
  text,
  texts,
} from "./schema-values.js";

/** What a host or model refuses, in addition to what its provider already knows. */
const refusals = z.strictObject({
  fields: z
    .array(z.string())
    .optional()
    .describe("Request fields that are refused with a 400, or dropped if drop_params allows it."),
  renames: z
    .record(z.string(), z.string())
    .optional()
    .describe("Request fields that have another name there, e.g. seed: random_seed."),
  message_fields: z.array(z.string()).optional().describe("Fields of messages that are removed and reported."),
  developer_role: flag.optional().describe("Sends messages of the role developer with the role system."),
  tool_id_length: count
    .pipe(z.number().min(8).max(64))
    .meta({ minimum: 8, maximum: 64 })
    .optional()
    .describe("Rewrites the ids of tool calls to this many letters and digits."),
});

/** The schema of each kind of setting. Kinds that contain other rows are assembled in `schema.ts`. */
export const kindSchemas = {
  count,
  positiveCount: atLeastOne,
  amount: atLeastZero,
  number,
  price: atLeastZero,
  share: atLeastZero,
  rate: atLeastZero,
  duration: atLeastZero,
  timeLimit: positive,
  flag,
  text,
  texts,
  fields: record,
  requestFields: z.looseObject({ extra_body: record.optional().describe("Further fields of requests.") }),
  headerText: z.union([text, z.array(text)]),
  headers: z.record(z.string(), text),
  apiKey: text,
  address: text,
  deploymentId: text,
  groupName: z.string().min(1),
  modelName: z.string().min(1),
  aliases: z.record(
    z.string(),
    z.union([
      z.string(),
      z.strictObject({
        model: z.string().describe("The group that the alias leads to."),
        hidden: flag.optional().describe("Whether GET /v1/models omits it."),
      }),
    ]),
  ),
  routingGroups: z.array(
    z.strictObject({
      group_name: z.string().min(1).describe("The name that callers use."),
      models: z.array(z.string()).min(1).describe("The model groups whose deployments serve it."),
      routing_strategy: z.string().optional().describe("The strategy of this group."),
      routing_strategy_args: record.optional().describe("The options of the strategy."),
    }),
  ),
  fallbacks,
  fallbackList: z.array(fallbackEntry),
  retryPolicy,
  groupRetryPolicies: z.record(z.string(), retryPolicy),
  allowedFailsPolicy,
  affinity: z.union([flag, z.array(z.enum(affinityKeys))]),
  dropParams,
  fieldPaths: z.array(z.string()),
  midStreamFallback: z.union([
    z.enum(["error", "continue"]),
    z.strictObject({
      continue: flag.optional().describe("Continues from the beginning of the answer, where a deployment can."),
      instruct: flag.optional().describe("Otherwise asks another deployment to continue, by an instruction."),
    }),
  ]),
  operations: z.array(z.enum(callTypes)),
  groupLists: z.array(z.array(z.string())),
  capability: flag,
  refusals,
  continuation: z.strictObject({
    message: record.optional().describe("Added to the last message."),
    body: record.optional().describe("Added to the request."),
  }),
  finishReasons: z.record(z.string(), z.enum(finishReasonMeanings as [FinishReasonMeaning])),
  clientSideParams: z.array(
    z.union([
      z.string(),
      z.strictObject({ api_base: z.string().describe("A pattern that the whole address must match.") }),
    ]),
  ),
} as const satisfies { readonly [K in WrittenKind]: z.ZodType };

/** Kinds that only calls have, whose keys are rows themselves, or that are not one value in a file. */
type UnwrittenKind =
  | "choice"
  | "object"
  | "objectOrOff"
  | "groups"
  | "deployments"
  | "priceTiers"
  | "callTimeLimit"
  | "oneOrMoreTexts"
  | "requestFallbacks"
  | "signal"
  | "cancellation"
  | "requestText"
  | "forwardedHeaders";

export type WrittenKind = Exclude<Kind, UnwrittenKind>;

export type Written = { readonly [K in WrittenKind]: z.output<(typeof kindSchemas)[K]> };

type PathIn<Paths> = Paths extends readonly (infer Each)[]
  ? Each extends string
    ? Each
    : Each extends { readonly path: infer Path extends string }
      ? Path
      : never
  : never;

type KeyIn<Path, Section extends string> = Path extends `${Section}${infer Key}`
  ? Key extends `${string}.${string}`
    ? never
    : Key
  : never;

type SchemaOf<Row> = Row extends { readonly kind: infer K }
  ? K extends keyof typeof kindSchemas
    ? (typeof kindSchemas)[K]
    : K extends "choice"
      ? z.ZodType<string, string>
      : never
  : never;

type Required = "groupName" | "modelName";

/** The type of a section's shape, derived from the rows of the settings table. */
export type SectionShape<At extends Exclude<Place, "call">, Section extends string> = {
  [
    Name in keyof Settings as SchemaOf<Settings[Name]> extends never
      ? never
      : Settings[Name] extends Readonly<Record<At, infer Paths>>
        ? KeyIn<PathIn<Paths>, Section>
        : never
  ]: Settings[Name] extends { readonly kind: Required }
    ? SchemaOf<Settings[Name]>
    : z.ZodOptional<SchemaOf<Settings[Name]>>;
};

function shownDefault({ kind, default: value }: Setting): string {
  if (value === undefined) return "";
  return ` Default: ${unitOf(kind) === "seconds" ? String(Number(value) / 1000) : String(value)}.`;
}

/** The description that an editor shows for a key. */
function description(setting: Setting, paths: readonly string[], path: string): string {
  const [first = path] = paths;
  const loses = first === path ? shownDefault(setting) : ` ${first} wins.`;
  return `${setting.description.replaceAll("`", "")}${unitOf(setting.kind) === "seconds" ? " Seconds." : ""}${loses}`;
}

function schemaOf({ kind, choices = [] }: Setting): z.ZodType | undefined {
  if (kind === "choice") return z.enum(choices);
  return Object.hasOwn(kindSchemas, kind) ? kindSchemas[kind as WrittenKind] : undefined;
}

/**
 * The schemas of a section's keys, derived from the rows of the settings table.
 * @param section - e.g. `router_settings.`, or an empty string for the entry of a group or deployment
 */
export function sectionShape<At extends Exclude<Place, "call">, const Section extends string>(
  place: At,
  section: Section,
): SectionShape<At, Section> {
  const shape: Record<string, z.ZodType> = {};
  for (const [, setting] of rowsAt(place)) {
    const paths = (setting[place] ?? []).map((entry) => (typeof entry === "string" ? entry : entry.path));
    const schema = schemaOf(setting);
    if (schema === undefined) continue;
    for (const path of paths) {
      const key = path.slice(section.length);
      if (!path.startsWith(section) || key.includes(".")) continue;
      const required = setting.kind === "groupName" || setting.kind === "modelName";
      shape[key] = (required ? schema : schema.optional()).describe(description(setting, paths, path));
    }
  }
  return shape as SectionShape<At, Section>;
}
