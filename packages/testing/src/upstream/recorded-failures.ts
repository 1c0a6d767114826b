import type { ErrorKind } from "@modelyard/core";
import type { DialectName } from "./place.js";
import { anthropicRows } from "./recorded/anthropic.js";
import { azureRows } from "./recorded/azure.js";
import { cloudRows } from "./recorded/clouds.js";
import { gatewayRows } from "./recorded/gateways.js";
import { googleRows } from "./recorded/google.js";
import { moreCloudRows } from "./recorded/more-clouds.js";
import { openaiRows } from "./recorded/openai.js";
import type { Row } from "./recorded/row.js";
import { serverRows } from "./recorded/servers.js";

/** A failure of a vendor that a user posted publicly. */
export interface RecordedFailure {
  /** The vendor and what failed. */
  readonly name: string;
  readonly dialect: DialectName;
  /** 200: the failure was inside a successful response. */
  readonly status: number;
  readonly body: string;
  /** Content type and headers about waiting. Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The expected error kind. */
  readonly kind: ErrorKind;
  /** The vendor's message, which must be the entire message of the error, or `undefined` if the body has none. */
  readonly message: string | undefined;
  /** The field of the request that the body names. */
  readonly param: string | undefined;
  /** The wait that the vendor asks for, in milliseconds, for a call at the start of 2026 in UTC. At most one day. */
  readonly waitMs: number | undefined;
}

const inDialect = (dialect: DialectName, rows: readonly Row[]): readonly RecordedFailure[] =>
  rows.map(([name, status, { body, message, param }, kind, more = {}]) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return {
      name,
      dialect,
      status,
      body: text,
      headers: { "content-type": text.startsWith("<") ? "text/html" : "application/json", ...more.headers },
      kind,
      message,
      param,
      waitMs: more.waitMs,
    };
  });

/** Recorded failures of vendors and gateways, for authors of error mappings. */
export const recordedFailures: readonly RecordedFailure[] = [
  ...inDialect("openai", [...openaiRows, ...serverRows, ...cloudRows, ...moreCloudRows, ...googleRows, ...gatewayRows]),
  ...inDialect("azure", azureRows),
  ...inDialect("anthropic", anthropicRows),
];
