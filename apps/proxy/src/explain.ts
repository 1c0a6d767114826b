import { type Explanation, routerFromYaml, type YamlRouter } from "modelyard";

export interface ExplainOptions {
  readonly model: string;
  readonly lenient?: boolean;
  readonly json?: boolean;
}

function limitsOf({ limits }: Explanation["deployments"][number]): string {
  const words = [
    limits.rpm === undefined ? undefined : `rpm ${String(limits.rpm)}`,
    limits.tpm === undefined ? undefined : `tpm ${String(limits.tpm)}`,
    limits.maxParallelRequests === undefined ? undefined : `${String(limits.maxParallelRequests)} at once`,
  ].filter((word) => word !== undefined);
  return words.length === 0 ? "no limits" : words.join(", ");
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? "none" : `${String(ms / 1000)} s`;
}

function lines(explanation: Explanation, yaml: YamlRouter): readonly string[] {
  const { name, group, strategy, deployments, fallbacks } = explanation;
  if (!explanation.found) return [`Nothing serves "${name}". ${explanation.hint}`];
  const place = (position: number): string => {
    const { file, line } = yaml.config.sourceOf(["model_list", position]);
    return line === 0 ? file : `${file}:${String(line)}`;
  };
  const list = (names: readonly string[]): string => (names.length === 0 ? "none" : names.join(", then "));
  return [
    name === group
      ? `"${name}" is a model group (${String(strategy)})`
      : `"${name}" leads to the group "${String(group)}" (${String(strategy)})`,
    ...deployments.flatMap((deployment) => [
      `  ${deployment.provider}/${deployment.model}  ${deployment.id}${deployment.order === undefined ? "" : `, order ${String(deployment.order)}`}${deployment.weight === undefined ? "" : `, weight ${String(deployment.weight)}`}, ${limitsOf(deployment)}${deployment.rejection === undefined ? "" : `; would not serve a plain call: ${deployment.rejection}`}  (${place(deployment.position)})`,
      `    timeouts: connect ${seconds(deployment.plainTimeouts.connectMs)}, answer ${seconds(deployment.plainTimeouts.totalMs)}; streams: first token ${seconds(deployment.streamTimeouts.firstTokenMs)}, gap ${seconds(deployment.streamTimeouts.idleMs)}`,
    ]),
    `  retries: ${String(explanation.retries)}${explanation.retryPolicy === undefined ? "" : `, by class: ${JSON.stringify(explanation.retryPolicy)}`}`,
    `  fallbacks: ${list(fallbacks.general)}; prompt too long: ${list(fallbacks.contextWindow)}; content policy: ${list(fallbacks.contentPolicy)}`,
  ];
}

/** What would serve a name, as text or JSON. @throws when the file cannot work */
export async function explainFile(
  file: string,
  options: ExplainOptions,
): Promise<{ readonly text: string; readonly found: boolean }> {
  const yaml = await routerFromYaml({ file }, { lenient: options.lenient ?? false });
  const explanation = yaml.router.explain(options.model);
  const text =
    options.json === true ? `${JSON.stringify(explanation, null, 2)}\n` : `${lines(explanation, yaml).join("\n")}\n`;
  await yaml.close();
  return { text, found: explanation.found };
}
