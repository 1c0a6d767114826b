import { readdirSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { routerFromYaml } from "modelyard";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";

type Values = Readonly<Record<string, unknown>>;

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

const chart = new URL("../../deploy/helm/modelyard/", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, chart), "utf8");
const values = parse(read("values.yaml")) as Values;
const schema = JSON.parse(read("values.schema.json")) as Schema;
const templates = readdirSync(new URL("templates/", chart)).map((name) => ({ name, text: read(`templates/${name}`) }));
const templateOf = (file: string): string => templates.find(({ name }) => name === file)?.text ?? "";

const ajv = new Ajv({ allErrors: true, strictTypes: false });
const accepts = ajv.compile(schema);

/** The paths of all values that the schema knows: `image.tag`, ... */
function pathsOf({ properties = {} }: Schema, above = ""): readonly string[] {
  return Object.entries(properties).flatMap(([name, below]) =>
    below.properties === undefined || name === "config" ? [above + name] : pathsOf(below, `${above}${name}.`),
  );
}

const valueAt = (path: string): unknown =>
  path.split(".").reduce<unknown>((value, name) => (value as Values | undefined)?.[name], values);

/** What a template has without its instructions: `x` is in place of what they print. */
function withoutInstructions(text: string): unknown {
  const lines = text
    .split("\n")
    .filter((line) => !/^\s*\{\{-? ?(?:if|else|end|with|range|toYaml|\$).*\}\}$/u.test(line));
  return parse(lines.join("\n").replaceAll(/\{\{.*?\}\}/gu, "x"));
}

describe("the values of the chart", () => {
  it("match the schema as they are delivered", () => {
    expect(accepts(values) || accepts.errors).toBe(true);
  });

  it.each<readonly [Values]>([
    [{ replicas: 2 }],
    [{ replicaCount: "2" }],
    [{ config: { models: [] } }],
    [{ config: "" }],
    [{ secrets: [{ OPENAI_API_KEY: "sk-1" }] }],
    [{ image: { repository: "a", digest: "latest" } }],
    [{ service: { type: "Headless" } }],
    [{ podDisruptionBudget: { maxUnavailable: "half" } }],
    [{ serviceMonitor: { interval: 15 } }],
  ])("are refused if they cannot be meant: %j", (changed) => {
    expect(accepts({ ...values, ...changed })).toBe(false);
  });

  it("are all in the schema, in the file, and in a template", () => {
    const all = pathsOf(schema).filter((path) => path !== "global");
    expect(all.filter((path) => valueAt(path) === undefined)).toEqual([]);
    const used = new Set(
      templates.flatMap(({ text }) =>
        [...text.matchAll(/\.Values\.(?<path>[\w.]+)/gu)].map((match) => match.groups?.["path"]),
      ),
    );
    expect([...used].filter((path) => valueAt(path ?? "") === undefined)).toEqual([]);
    const unused = all.filter((path) => ![...used].some((one) => path === one || path.startsWith(`${String(one)}.`)));
    expect(unused).toEqual([]);
  });

  it("have a configuration that the proxy serves without a warning", async () => {
    const text = stringify(valueAt("config"));
    const yaml = await routerFromYaml(text, { env: { OPENAI_API_KEY: "k" }, offline: true });
    expect(yaml.warnings).toEqual([]);
    await yaml.close();
  });
});

describe("the pods of the chart", () => {
  const { spec } = (
    withoutInstructions(templateOf("deployment.yaml")) as {
      spec: { template: { spec: Values & { containers: Values[] } } };
    }
  ).spec.template;
  const [container] = spec.containers;

  it("have no rights: not root, no capabilities, no token, and a read-only file system", () => {
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(container).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        privileged: false,
        capabilities: { drop: ["ALL"] },
      },
    });
  });

  it("run the image as its Dockerfile does: user, port, path of Node", () => {
    const dockerfile = readFileSync(new URL("../image/Dockerfile", new URL("../", chart)), "utf8");
    expect(dockerfile).toContain(`USER ${String((spec["securityContext"] as Values)["runAsUser"])}:`);
    expect(container).toMatchObject({ ports: [{ name: "http", containerPort: 4_000 }] });
    expect(dockerfile).toContain("EXPOSE 4000");
    const { preStop } = container!["lifecycle"] as {
      readonly preStop: { readonly exec: { readonly command: string[] } };
    };
    expect(dockerfile).toContain(`"${preStop.exec.command[0] ?? ""}"`);
  });

  it("are asked whether they are ready, and whether they live, at the proxy's own routes", () => {
    const readiness = { httpGet: { path: "/health/readiness", port: "http" } };
    expect(container).toMatchObject({
      startupProbe: readiness,
      readinessProbe: readiness,
      livenessProbe: { httpGet: { path: "/health/liveliness", port: "http" } },
    });
  });
});

describe("every template of the chart", () => {
  const resources = templates.filter(({ name }) => name.endsWith(".yaml"));

  it.each(resources)("closes what it opens: $name", ({ text }) => {
    const opened = text.match(/\{\{-? (?:if|with|range|define) /gu) ?? [];
    const closed = text.match(/\{\{-? end \}\}/gu) ?? [];
    expect(closed.length).toBe(opened.length);
  });

  it.each(resources)("names its resource, with the labels of the release: $name", ({ text }) => {
    expect(withoutInstructions(text)).toMatchObject({ metadata: { name: "x", labels: expect.anything() as unknown } });
    expect(text).toMatch(/labels:(?: \{\{-|\n\s+\{\{-) include "modelyard\.labels"/u);
  });
});
