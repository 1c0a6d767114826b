// Callbacks for observability. They have a separate entry point, because each of them imports its vendor's client.
export * from "@modelyard/callbacks-langfuse";
export * from "@modelyard/callbacks-otel";
export * from "@modelyard/callbacks-prometheus";
export * from "@modelyard/callbacks-sentry";
