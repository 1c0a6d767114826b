import type { Surface } from "@modelyard/core";
import { answerHandler } from "./answer-routes.js";
import { CallRoutes } from "./call-routes.js";
import { extraHandler } from "./extra-routes.js";
import type { ExtraRoute } from "./options.js";
import { ownRoutes } from "./own-routes.js";
import { RouteTable } from "./route-table.js";
import type { GatewayServices } from "./services.js";

interface RouteSources {
  readonly surfaces: readonly Surface[];
  /** Routes that belong to no surface accept a key in any of these headers. */
  readonly keyHeaders: readonly string[];
  readonly extras: readonly ExtraRoute[];
}

/** All routes of a gateway: its own, those of its surfaces, and custom ones, which may replace any of the others. */
export function buildRoutes(services: GatewayServices, { surfaces, keyHeaders, extras }: RouteSources): RouteTable {
  const routes = new RouteTable(surfaces, services);
  const [main] = surfaces as readonly [Surface];
  const own = { surface: main, owner: "the gateway", keyHeaders, accepts: undefined };
  for (const route of ownRoutes(services))
    routes.replace("GET", route.path, { ...own, open: route.open, handle: (head) => route.answer(head) });
  for (const surface of surfaces) addSurface(routes, surface, services);
  for (const extra of extras) {
    const handle = extraHandler(services, main, extra);
    routes.replace(extra.method, extra.path, { ...own, open: extra.open, handle });
  }
  return routes;
}

function addSurface(routes: RouteTable, surface: Surface, services: GatewayServices): void {
  const calls = new CallRoutes(services, surface);
  const { name, keyHeaders = [] } = surface;
  const served = { surface, owner: `the surface "${name}"`, keyHeaders };
  for (const route of surface.routes) {
    if ("operation" in route) routes.add(route, { ...served, open: false, handle: calls.handler(route) });
    else routes.add(route, { ...served, open: route.open ?? false, handle: answerHandler(services, surface, route) });
  }
}
