import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Recorded answers of vendors are not part of the repository: `MODELYARD_FIXTURES` names their folder. */
export const recordingsFolder = process.env["MODELYARD_FIXTURES"] ?? "";

export type Api = "messages" | "responses";

export interface Recording {
  readonly name: string;
  readonly api: Api;
  readonly stream: boolean;
  /** As a server sends it. */
  readonly body: string;
}

const folders: Readonly<Record<Api, string>> = { messages: "anthropic", responses: "openai" };

/** The recorded answers and streams of OpenAI and Anthropic. */
export function recordings(): readonly Recording[] {
  if (recordingsFolder === "") return [];
  return (Object.keys(folders) as Api[]).flatMap((api) => {
    const folder = join(recordingsFolder, "vercel-ai", folders[api]);
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".json") || name.endsWith(".chunks.txt"))
      .toSorted()
      .flatMap((name) => {
        const text = readFileSync(join(folder, name), "utf8");
        if (name.endsWith(".chunks.txt")) return streamIn(name, api, text);
        const { object, type } = JSON.parse(text) as { readonly object?: string; readonly type?: string };
        const isAnswer = object === "response" || type === "message";
        return isAnswer ? [{ name, api, stream: false, body: text }] : [];
      });
  });
}

function streamIn(name: string, api: Api, text: string): readonly Recording[] {
  const events = text
    .split("\n")
    .map((line) => line.replace(/^data: /u, "").trim())
    .flatMap((data) => typeOf(data).map((type) => ({ data, type })));
  const starts = events.filter(({ type }) => type === "message_start" || type === "response.created");
  // Files with several steps would need one server for each.
  if (starts.length !== 1 || starts[0] !== events[0]) return [];
  const body = events.map(({ data, type }) => `event: ${type}\ndata: ${data}\n\n`).join("");
  return [{ name, api, stream: true, body }];
}

/** The type of an event; none for lines that are cut off. */
function typeOf(data: string): readonly string[] {
  try {
    const { type } = JSON.parse(data) as { readonly type?: unknown };
    return typeof type === "string" ? [type] : [];
  } catch {
    return [];
  }
}
