import type { Surface } from "@modelyard/core";
import { invalidOption, type RequestHead, type RouteParams, type SurfaceRoute } from "@modelyard/core/kit";
import type { GatewayRequest, GatewayResponse } from "./http.js";
import { isPattern, PathTree } from "./path-tree.js";
import type { FaultLog } from "./services.js";

/** May throw, but never rejects. */
export type Handler = (
  request: GatewayRequest,
  caller: string | undefined,
  params: RouteParams,
) => Promise<GatewayResponse> | GatewayResponse;

/** What serves one method of a path. */
export interface ServedMethod {
  /** Writes its errors. */
  readonly surface: Surface;
  /** Where the route comes from, for messages. */
  readonly owner: string;
  /** Headers that may carry a key besides the usual ones. */
  readonly keyHeaders: readonly string[];
  /** Whether it is served without the master key. */
  readonly open: boolean;
  readonly accepts: ((head: RequestHead) => boolean) | undefined;
  readonly handle: Handler;
  /** Tried if this one does not accept a request. */
  next: ServedMethod | undefined;
}

/** What is served at one path, by method. */
export type ServedPath = Map<string, ServedMethod>;

export interface FoundPath {
  readonly served: ServedPath;
  readonly params: RouteParams;
}

/** Shared by all paths without placeholders, so that finding one allocates nothing. */
export const noParams: RouteParams = Object.freeze({});

/** All routes of a gateway. Built once. */
export class RouteTable {
  /** What is served at paths without placeholders. */
  readonly exact = new Map<string, FoundPath>();
  readonly #patterns = new PathTree<ServedPath>();
  readonly #methods = new Set<string>();
  readonly #surfaces: readonly Surface[];
  readonly #faults: FaultLog;

  /** @param faults - receives what `accepts` of a route throws */
  constructor(surfaces: readonly Surface[], faults: FaultLog) {
    this.#surfaces = surfaces;
    this.#faults = faults;
  }

  /** All paths without placeholders. */
  get paths(): readonly string[] {
    return [...this.exact.keys()];
  }

  /** All methods that are served anywhere, as a header lists them. */
  get methods(): string {
    return [...this.#methods].toSorted((one, other) => one.localeCompare(other)).join(", ");
  }

  /** Adds a route. It replaces those with the same method and path. */
  replace(method: string, path: string, served: Omit<ServedMethod, "next">): void {
    this.#at(path).set(method, { ...served, next: undefined });
    this.#count(method);
  }

  /** Adds a route of a surface. @throws `invalid_option` if the same requests are served already */
  add(route: SurfaceRoute, served: Omit<ServedMethod, "accepts" | "next">): void {
    const accepts = this.#guarded(route);
    for (const path of [route.path, ...(route.aliases ?? [])]) {
      const all = this.#at(path);
      all.set(route.method, joined(all.get(route.method), { ...served, accepts, next: undefined }, path));
    }
    this.#count(route.method);
  }

  /** What is served at a path that is not in `exact` as it is: it may end with a slash, or match a pattern. */
  match(path: string): FoundPath | undefined {
    const exact = path.endsWith("/") ? this.exact.get(path.slice(0, -1)) : undefined;
    if (exact !== undefined) return exact;
    const found = this.#patterns.find(path);
    return found === undefined ? undefined : { served: found.value, params: found.params };
  }

  /** The surface with the path that has the most leading segments in common. If several do, the first one. */
  nearest(path: string): Surface {
    const [main] = this.#surfaces as readonly [Surface];
    let nearest = main;
    let most = 0;
    for (const surface of this.#surfaces)
      for (const route of surface.routes)
        for (const served of [route.path, ...(route.aliases ?? [])]) {
          const shared = sharedSegments(served, path);
          if (shared > most) [nearest, most] = [surface, shared];
        }
    return nearest;
  }

  /** `accepts` of a route. If it throws, the fault is reported, and the route does not accept the request. */
  #guarded(route: SurfaceRoute): ServedMethod["accepts"] {
    if (route.accepts === undefined) return undefined;
    const accepts = route.accepts.bind(route);
    return (head) => {
      try {
        return accepts(head);
      } catch (fault) {
        this.#faults.report(fault);
        return false;
      }
    };
  }

  #at(path: string): ServedPath {
    if (isPattern(path)) return this.#patterns.at(path, () => new Map<string, ServedMethod>());
    let found = this.exact.get(path);
    if (found === undefined) {
      found = { served: new Map(), params: noParams };
      this.exact.set(path, found);
    }
    return found.served;
  }

  #count(method: string): void {
    this.#methods.add(method);
    if (method === "GET") this.#methods.add("HEAD");
  }
}

/** Routes with `accepts` come before the one that accepts all requests. */
function joined(first: ServedMethod | undefined, added: ServedMethod, path: string): ServedMethod {
  if (first === undefined) return added;
  if (first.accepts !== undefined) {
    first.next = joined(first.next, added, path);
    return first;
  }
  if (added.accepts !== undefined) return { ...added, next: first };
  throw invalidOption(
    "surfaces",
    `${path} of ${added.owner} is already served by ${first.owner}.`,
    'Give one of the routes another path, or a function "accepts" that tells their requests apart.',
  );
}

function sharedSegments(served: string, path: string): number {
  const own = served.split("/");
  const asked = path.split("/", own.length);
  const different = own.findIndex((segment, index) => segment !== asked[index]);
  return different === -1 ? own.length : different;
}
