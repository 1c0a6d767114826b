import type { Callback, Logger, RouterEvent } from "@modelyard/core";
import { destination, type Logger as Pino, pino } from "pino";

/** Structured logs on standard error; keys, prompts and answers are never among the fields. */
export function createLogger(verbose: boolean): Pino {
  return pino(
    {
      level: verbose ? "debug" : "info",
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: ["*.apiKey", "*.api_key", "*.authorization", "*.password", "*.messages", "*.prompt"],
        censor: "[redacted]",
      },
    },
    destination({ fd: 2, sync: true }),
  );
}

/** Tells of what operators want to know: deployments that go and come back, failures, and with `verbose` every call. */
export function loggingCallback(logger: Logger, verbose: boolean): Callback {
  return {
    name: "log",
    events: [
      "deployment_benched",
      "deployment_recovered",
      "fallback",
      "configuration_changed",
      ...(verbose ? (["request_succeeded", "request_failed", "attempt_failed", "retry_refused"] as const) : []),
    ],
    on(event: RouterEvent) {
      switch (event.type) {
        case "deployment_benched":
          logger.warn(
            {
              deployment: event.deployment.id,
              group: event.deployment.group,
              until: new Date(event.until).toISOString(),
              reason: event.reason,
            },
            "deployment left out",
          );
          break;
        case "deployment_recovered":
          logger.info({ deployment: event.deployment.id, group: event.deployment.group }, "deployment is back");
          break;
        case "fallback":
          logger.info(
            {
              call: event.callId,
              from: event.fromGroup,
              to: event.toGroup,
              error: event.error.kind,
              succeeded: event.succeeded,
            },
            "fallback",
          );
          break;
        case "configuration_changed":
          logger.info(
            { added: event.added.length, removed: event.removed.length, kept: event.kept.length },
            "configuration changed",
          );
          break;
        case "attempt_failed":
          logger.debug(
            {
              call: event.callId,
              deployment: event.deployment.id,
              error: event.error.kind,
              status: event.error.status,
              ms: Math.round(event.durationMs),
            },
            "attempt failed",
          );
          break;
        case "retry_refused":
          logger.debug(
            { call: event.callId, group: event.group, deployment: event.deployment.id, error: event.error.kind },
            "no retry: the budget of the process is used up",
          );
          break;
        case "request_succeeded":
          logger.debug(
            {
              call: event.callId,
              group: event.trail.modelGroup,
              deployment: event.trail.deploymentId,
              ms: Math.round(event.durationMs),
            },
            "request served",
          );
          break;
        case "request_failed":
          logger.debug(
            {
              call: event.callId,
              error: event.error.kind,
              status: event.error.status,
              ms: Math.round(event.durationMs),
            },
            "request failed",
          );
          break;
        default:
      }
    },
  };
}
