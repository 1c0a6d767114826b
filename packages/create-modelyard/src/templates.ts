export interface Template {
  /** What it is, in a list of choices. */
  readonly title: string;
  /** The folders of `templates` that it consists of. */
  readonly layers: readonly string[];
  /** Whether the project is a program that needs vendors' keys, not a package. */
  readonly starts: boolean;
}

const part = (name: string, title: string): Template => ({
  title,
  layers: ["shared", "typescript", "part", name],
  starts: false,
});

/** What can be written, by name. */
export const templates = {
  router: {
    title: "A router in code: two vendors and a fallback",
    layers: ["shared", "typescript", "router"],
    starts: true,
  },
  proxy: { title: "A proxy with a YAML file, in LiteLLM's format", layers: ["shared", "proxy"], starts: true },
  strategy: part("strategy", "A package with a custom routing strategy"),
  provider: part("provider", "A package with a provider: the API of one vendor"),
  cache: part("cache", "A package with a custom response cache"),
  callback: part("callback", "A package with a custom callback: metrics, logs, reports"),
} as const satisfies Record<string, Template>;

export type TemplateName = keyof typeof templates;

export const templateNames = Object.keys(templates) as readonly TemplateName[];

export function isTemplateName(name: string): name is TemplateName {
  return Object.hasOwn(templates, name);
}
