import type { Surface } from "@modelyard/core";
import { operationNames, type SurfaceRoute } from "@modelyard/core/kit";
import { expect, it } from "vitest";
import { headOf } from "./samples.js";

const path = /^\/(?:[^\s?#*{}]|\{[a-z]\w*\})*(?:\{[a-z]\w*\.\.\.\})?$/iu;
const headerName = /^[\d!#$%&'*+.^_`a-z|~-]+$/u;

function pathsOf({ path: main, aliases = [] }: SurfaceRoute): readonly string[] {
  return [main, ...aliases];
}

function isServable(route: SurfaceRoute): boolean {
  if (!("operation" in route)) return typeof route.answer === "function";
  return operationNames.includes(route.operation) && (route.maxRequestBytes ?? 1) > 0;
}

export function describeRoutes(create: () => Surface): void {
  it("has a name, and unique routes that a gateway can serve", () => {
    const { name, routes } = create();
    expect(name).toMatch(/^[\w.-]+$/u);
    for (const route of routes) {
      expect(["DELETE", "GET", "PATCH", "POST", "PUT"]).toContain(route.method);
      expect(isServable(route)).toBe(true);
      for (const one of pathsOf(route)) expect(one).toMatch(path);
    }
    expect(routes.some((route) => "operation" in route)).toBe(true);
    const always = routes.filter(({ accepts }) => accepts === undefined);
    const served = always.flatMap((route) => pathsOf(route).map((one) => `${route.method} ${one}`));
    expect(new Set(served).size).toBe(served.length);
  });

  it("decides for any request whether a route accepts it", () => {
    for (const route of create().routes)
      for (const headers of [{}, { "content-type": "text/plain", "user-agent": "someone" }])
        for (const one of pathsOf(route))
          expect([true, false]).toContain(
            route.accepts === undefined ? true : route.accepts(headOf(route.method, one, headers)),
          );
  });

  it("names its key headers in lower case, and none of those that every surface has", () => {
    for (const header of create().keyHeaders ?? []) {
      expect(header).toMatch(headerName);
      expect(["authorization", "x-litellm-api-key"]).not.toContain(header);
    }
  });
}
