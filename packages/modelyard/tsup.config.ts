import { library } from "../../tsup.base.js";

export default library([], {
  entry: {
    index: "src/index.ts",
    callbacks: "src/entries/callbacks.ts",
    node: "src/entries/node.ts",
    redis: "src/entries/redis.ts",
  },
});
