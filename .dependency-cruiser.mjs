/** The arrows between packages: see AGENTS.md. Each name is a pattern. */
const arrows = {
  core: [],
  wires: ["core"],
  "provider-kit": ["core", "wires"],
  policies: ["core"],
  strategies: ["core"],
  "providers-[^/]+": ["core", "wires", "provider-kit"],
  "cache-memory": ["core"],
  "cache-redis": ["core"],
  "config-yaml": ["core"],
  engine: ["core", "policies"],
  router: ["core", "policies", "strategies", "engine"],
  gateway: ["core", "wires"],
  "ai-sdk": ["core", "wires", "provider-kit", "strategies", "router"],
  simulator: ["core", "router", "cache-memory"],
  "callbacks-[^/]+": ["core"],
  testing: ["core"],
  "create-modelyard": ["core"],
};
/** Packages that run wherever there are web standards. */
const web = [
  "core",
  "wires",
  "policies",
  "strategies",
  "engine",
  "router",
  "gateway",
  "cache-memory",
  "provider-kit",
  "providers-[^/]+",
  "ai-sdk",
];

/** The floors of the engine, from the bottom to the top: each imports what lies below it. The first two stand side by side. */
const floors = ["events", "shared", "affinity", "plan", "call", "candidates", "attempt", "stream", "layers"];

/** Tests may use the kit, and a router to try a part in. */
const tests = "(?:\\.test(?:-d)?\\.ts$|/test/)";

/** Where Node's own things live. */
const nodeRooms = "/src/node(?:\\.ts$|/)";

export default {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "no-apps",
      severity: "error",
      // The build of `modelyard` adds the proxy's command to the package, so that `npx modelyard` runs it.
      from: { path: "^packages/", pathNot: "^packages/modelyard/tsup\\.config\\.ts$" },
      to: { path: "^apps/" },
    },
    ...Object.entries(arrows).map(([name, allowed]) => ({
      name: `arrows-of-${name}`,
      severity: "error",
      from: { path: `^packages/(${name})/src/`, pathNot: tests },
      to: { path: "^packages/", pathNot: `^packages/(${["$1", ...allowed].join("|")})/` },
    })),
    ...floors.map((floor, height) => ({
      name: `floor-${floor}`,
      severity: "error",
      from: { path: `^packages/engine/src/${floor}/` },
      to: {
        path: "^packages/engine/src/",
        pathNot: `^packages/engine/src/(${floors.slice(0, height + 1).join("|")})/`,
      },
    })),
    {
      name: "siblings-in-tests",
      severity: "error",
      from: { path: `^packages/([^/]+)/(?:src|test)/.*${tests}`, pathNot: "^packages/(?:modelyard|ai-sdk)/" },
      to: {
        path: "^packages/",
        pathNot: "^packages/($1|core|testing|router|engine|policies|strategies|provider-kit|wires|cache-memory)/",
      },
    },
    {
      name: "web-standards-only",
      severity: "error",
      from: { path: `^packages/(${web.join("|")})/src/`, pathNot: `(${tests})|${nodeRooms}` },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "node-behind-its-door",
      severity: "error",
      from: { path: `^packages/(${web.join("|")})/src/`, pathNot: `(${tests})|${nodeRooms}` },
      to: { path: "/src/node/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|node_modules)/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ["@modelyard/source", "node", "import", "types", "default"],
      exportsFields: ["exports"],
    },
  },
};
