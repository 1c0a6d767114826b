import type { Snapshot } from "./data.js";
import type { Connection } from "./feed.js";
import type { Route } from "./route.js";

export interface TabProps {
  readonly snapshot: Snapshot;
  readonly route: Route;
  readonly connection: Connection;
}
