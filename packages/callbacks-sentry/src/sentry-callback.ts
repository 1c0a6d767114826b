import { type Callback, type EventOf, invalidOption, type RouterEvent, Secret } from "@modelyard/core";
import { defaultStackParser, makeNodeTransport, NodeClient, Scope } from "@sentry/node";

export interface SentryOptions {
  readonly dsn: string | Secret;
  /** @defaultValue `production` */
  readonly environment?: string;
  /** Share of the failures that are sent, 0 to 1. @defaultValue 1 */
  readonly sampleRate?: number;
}

function report(client: NodeClient, event: EventOf<"request_failed">): void {
  const { error, trail } = event;
  const scope = new Scope();
  scope.setClient(client);
  scope.setTags({
    "model.group": trail.modelGroup,
    "error.kind": error.kind,
    "error.status": error.status,
    "deployment.id": trail.deploymentId ?? "none",
  });
  scope.setContext("routing", {
    call_id: trail.callId,
    operation: event.operation,
    stream: event.stream,
    retries: trail.retries,
    fallbacks: trail.fallbacks,
    attempts: trail.attempts.map((attempt) => `${attempt.deploymentId}: ${attempt.error?.kind ?? attempt.outcome}`),
  });
  scope.captureException(error);
}

/**
 * Reports requests that failed. Prompts and answers are not sent; callers' own mistakes and departures are no failures.
 * @throws `invalid_option` for an address that Sentry cannot read
 */
export function sentryCallback(options: SentryOptions): Callback {
  const dsn = Secret.of(options.dsn).reveal();
  const client = new NodeClient({
    dsn,
    environment: options.environment ?? "production",
    sampleRate: options.sampleRate ?? 1,
    transport: makeNodeTransport,
    stackParser: defaultStackParser,
    integrations: [],
  });
  if (client.getDsn() === undefined)
    throw invalidOption("sentry.dsn", "it is no DSN.", "Copy it from the project's settings into SENTRY_DSN.");
  client.init();
  return {
    name: "sentry",
    events: ["request_failed"],
    on(event: RouterEvent) {
      if (event.type !== "request_failed" || event.error.blame === "request" || event.error.blame === "caller") return;
      report(client, event);
    },
    async flush() {
      await client.flush(2_000);
    },
    async close() {
      await client.close(2_000);
    },
  };
}
