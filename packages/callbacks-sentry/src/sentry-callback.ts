import {
  type AttemptRecord,
  type Callback,
  type EventOf,
  type RouterEvent,
  type RouterEventType,
  Secret,
} from "@modelyard/core";
import { invalidOption } from "@modelyard/core/kit";
import { checkOptions, choice, list, numeric, secret, shape, text } from "@modelyard/core/options";
import { defaultStackParser, makeNodeTransport, NodeClient, Scope } from "@sentry/node";

export interface SentryOptions {
  readonly dsn: string | Secret;
  /** @defaultValue `production` */
  readonly environment?: string | undefined;
  /**
   * The release shown in Sentry, for example the version of your application.
   * @defaultValue none
   */
  readonly release?: string | undefined;
  /**
   * The fraction of failures that are sent, from 0 to 1.
   * @defaultValue 1
   */
  readonly sampleRate?: number | undefined;
  /**
   * The outcomes that are reported. Sentry only gets failures, so without `failure` nothing is sent.
   * @defaultValue both
   */
  readonly on?: readonly ("success" | "failure")[];
}

const ownOptions = shape<SentryOptions>(
  {
    dsn: secret,
    environment: text,
    release: text,
    sampleRate: numeric({ least: 0, most: 1 }),
    on: list(choice(["success", "failure"])),
  },
  { required: ["dsn"] },
);

/** Limit for reports in flight, which is Sentry's own default. Further ones are dropped, and the loss is reported. */
const mostInFlight = 64;
const shutdownMs = 2_000;

function report(client: NodeClient, event: EventOf<"request_failed">): void {
  const { error, trail } = event;
  const scope = new Scope();
  scope.setClient(client);
  scope.setTags({
    "model.group": trail.modelGroup,
    "error.kind": error.kind,
    "error.status": error.status,
    "deployment.id": trail.deploymentId ?? "none",
    provider: error.provider ?? "none",
  });
  // Groups failures into one issue per error kind and deployment, whatever the vendor's messages are.
  scope.setFingerprint(["modelyard", error.kind, trail.modelGroup, trail.deploymentId ?? "none"]);
  scope.setContext("routing", {
    call_id: trail.callId,
    operation: event.operation,
    stream: event.stream,
    duration_ms: Math.round(event.durationMs),
    retries: trail.retries,
    fallbacks: trail.fallbacks,
    attempts: trail.attempts.map(describeAttempt),
  });
  scope.captureException(error);
}

/** Describes an attempt: which deployment was called, and how the call ended. */
function describeAttempt({ provider, model, deploymentId, error, outcome }: AttemptRecord): string {
  const end = error === undefined ? outcome : `${error.kind} ${String(error.status)}`;
  return `${provider}/${model} (${deploymentId}): ${end}`;
}

/**
 * Creates a callback that reports failed requests to Sentry. It uses a separate client, so Sentry's globals are not
 * affected. Prompts and answers are not sent. Errors that the caller caused, and requests that the caller aborted, are
 * not reported.
 * @throws `invalid_option`, also for a DSN that Sentry cannot parse
 */
export function sentryCallback(options: SentryOptions): Callback {
  checkOptions(options, ownOptions, "sentry");
  const { sampleRate = 1, on = ["success", "failure"] } = options;
  let reportLoss: (cause: unknown) => void = () => undefined;
  const client = new NodeClient({
    dsn: Secret.of(options.dsn).reveal(),
    environment: options.environment ?? "production",
    ...(options.release === undefined ? {} : { release: options.release }),
    sampleRate,
    transport: (transport) =>
      makeNodeTransport({
        ...transport,
        bufferSize: mostInFlight,
        recordDroppedEvent: (reason, category, count) => {
          reportLoss(new Error(`Sentry rejected a report (${reason}).`));
          transport.recordDroppedEvent(reason, category, count);
        },
      }),
    stackParser: defaultStackParser,
    integrations: [],
  });
  if (client.getDsn() === undefined)
    throw invalidOption("sentry.dsn", "it is not a valid DSN.", "Copy it from the project's settings into SENTRY_DSN.");
  client.init();
  const events: RouterEventType[] = on.includes("failure") ? ["request_failed"] : [];
  return {
    name: "sentry",
    events,
    start(given) {
      reportLoss = given;
    },
    on(event: RouterEvent) {
      if (event.type !== "request_failed" || event.error.blame === "request" || event.error.blame === "caller") return;
      report(client, event);
    },
    async flush() {
      await client.flush(shutdownMs);
    },
    async close() {
      await client.close(shutdownMs);
    },
  };
}
