// Everything that reports what a router does. An entry of its own, since each brings its vendor's client along.
export * from "@modelyard/callbacks-langfuse";
export * from "@modelyard/callbacks-otel";
export * from "@modelyard/callbacks-prometheus";
export * from "@modelyard/callbacks-sentry";
