// A gateway behind Node's own HTTP server.
export * from "@modelyard/gateway/node";
