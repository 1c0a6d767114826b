import type { ErrorKind } from "@modelyard/core";
import type { DialectName } from "./asked.js";
import { anthropicRows } from "./recorded/anthropic.js";
import { azureRows } from "./recorded/azure.js";
import { cloudRows } from "./recorded/clouds.js";
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
  /** What it is; several where a vendor's words leave room. */
  readonly kinds: readonly ErrorKind[];
}

const inDialect = (dialect: DialectName, rows: readonly Row[]): readonly RecordedFailure[] =>
  rows.map(([name, status, body, ...kinds]) => ({
    name,
    dialect,
    status,
    body: typeof body === "string" ? body : JSON.stringify(body),
    kinds,
  }));

/** Failures as vendors and gateways word them, for whoever has to tell what they are. */
export const recordedFailures: readonly RecordedFailure[] = [
  ...inDialect("openai", [...openaiRows, ...serverRows, ...cloudRows]),
  ...inDialect("azure", azureRows),
  ...inDialect("anthropic", anthropicRows),
];
