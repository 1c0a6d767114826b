import { places, type Setting, settingGroups, settingRows, unitOf } from "../../packages/core/src/settings/index.js";

/** Generates `docs/settings.md`, the reference of all settings, from their rows. */

const titles: Readonly<Record<keyof typeof settingGroups, string>> = {
  names: "Names",
  retries: "Retries",
  fallbacks: "Fallbacks",
  timeouts: "Timeouts",
  cooldowns: "Cooldowns",
  candidates: "Limits, order and tags",
  affinity: "Affinity",
  requests: "Requests and answers",
  caching: "Caching",
  deployments: "Deployments",
};

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

const code = (text: string): string => `\`${text}\``;

/** The keys of a setting in a file, with the caches that it applies to. */
function keysOf(setting: Setting): readonly string[] {
  const named = (entry: NonNullable<Setting["router"]>[number]): string =>
    typeof entry === "string" ? code(entry) : `${code(entry.path)} (${entry.in})`;
  return [...(setting.router ?? []), ...(setting.deployment ?? [])].map(named);
}

/** The key of a deployment that the introduction explains. */
function deploymentKey({ deployment = [] }: Setting): string | undefined {
  const [first] = deployment;
  return typeof first === "string" ? code(first) : undefined;
}

function keyOf(setting: Setting): string {
  const [first] = keysOf(setting);
  return first ?? "";
}

function defaultOf({ kind, default: value, otherwise }: Setting): string {
  if (value === undefined) return otherwise ?? "";
  if (unitOf(kind) === "seconds") return `${String(Number(value) / 1000)} s`;
  return typeof value === "string" ? code(value) : String(value);
}

/** Two tables, since one with all five columns would not fit a screen. */
function groupTables(rows: Readonly<Record<string, Setting>>): string {
  const all = Object.entries(rows);
  const meanings = all.map(([name, setting]) => [code(name), setting.description, defaultOf(setting)]);
  const keys = all.map(([name, setting]) => [
    code(name),
    keyOf(setting),
    places.filter((place) => setting[place] !== undefined).join(", "),
  ]);
  return [table(["Option", "Meaning", "Default"], meanings), table(["Option", "Key in a file", "Where"], keys)].join(
    "\n\n",
  );
}

const inRequests = table(
  ["Field of a body", "Header", "Option"],
  settingRows.flatMap(([name, { call }]) => {
    const { body = [], header } = call ?? {};
    const fields = body.length === 0 && header !== undefined ? [""] : body;
    return fields.map((field, index) => [
      field === "" ? "" : code(field),
      index === 0 && header !== undefined ? code(header) : "",
      code(name),
    ]);
  }),
);

const otherKeys = table(
  ["Key", "Sets"],
  settingRows.flatMap(([name, setting]) =>
    keysOf(setting)
      .slice(1)
      .filter((key) => setting.router === undefined || key !== deploymentKey(setting))
      .map((key) => [key, code(name)]),
  ),
);

const groups = Object.entries(settingGroups)
  .map(([name, rows]) => `## ${titles[name as keyof typeof titles]}\n\n${groupTables(rows)}`)
  .join("\n\n");

export const settingsPage = `# All settings

Every setting, as an option of \`createRouter\` and as a key of [the configuration file](configuration.md). Each section has two
tables: what the settings mean, and where they are set. This page is generated from the table that the code itself uses
(\`npx vitest run --project tests settings-page -u\` writes it).

Times are in milliseconds in options, and in seconds in files, bodies and headers.

_Where_ names the places where a setting can be made: in a call, for a deployment, for a group, for the router. If there are
several, the narrowest one wins. A path without \`router_settings\` or \`litellm_settings\` begins at an entry of \`model_list\`.
Settings of a group have the same key in its entry of \`router_settings.model_group_settings\`, and settings of a deployment in
its \`litellm_params\`.

${groups}

## In a request

What the body or headers of a request may set. These fields are never sent to a vendor.

${inRequests}

## Other keys with the same effect

The key in the tables above wins over these. If several of these are set, the first one in this list wins.

${otherKeys}
`;
