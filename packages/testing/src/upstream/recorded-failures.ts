import type { ErrorKind } from "@modelyard/core";
import type { DialectName } from "./asked.js";
import { anthropicRows } from "./recorded/anthropic.js";
import { azureRows } from "./recorded/azure.js";
import { cloudRows } from "./recorded/clouds.js";
import { gatewayRows } from "./recorded/gateways.js";
import { googleRows } from "./recorded/google.js";
import { moreCloudRows } from "./recorded/more-clouds.js";
import { openaiRows } from "./recorded/openai.js";
import type { Row } from "./recorded/row.js";
import { serverRows } from "./recorded/servers.js";

/** A failure that somebody met and posted. */
export interface RecordedFailure {
  /** Whose, and what of theirs. */
  readonly name: string;
  readonly dialect: DialectName;
  /** 200: the failure came inside a good status. */
  readonly status: number;
  readonly body: string;
  /** Content type, and what the vendor says about waiting. Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** What it is. */
  readonly kind: ErrorKind;
  /** The reason, which is the error's whole message; `undefined`: there is none. */
  readonly says: string | undefined;
  /** The request's field that the body names. */
  readonly param: string | undefined;
  /** How long the vendor asks to wait, for a call at the start of 2026 in UTC. At most one day. */
  readonly waitMs: number | undefined;
}

const inDialect = (dialect: DialectName, rows: readonly Row[]): readonly RecordedFailure[] =>
  rows.map(([name, status, { body, says, param }, kind, more = {}]) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return {
      name,
      dialect,
      status,
      body: text,
      headers: { "content-type": text.startsWith("<") ? "text/html" : "application/json", ...more.headers },
      kind,
      says,
      param,
      waitMs: more.waitMs,
    };
  });

/** Failures as vendors and gateways word them, for authors of error mappings. */
export const recordedFailures: readonly RecordedFailure[] = [
  ...inDialect("openai", [...openaiRows, ...serverRows, ...cloudRows, ...moreCloudRows, ...googleRows, ...gatewayRows]),
  ...inDialect("azure", azureRows),
  ...inDialect("anthropic", anthropicRows),
];
