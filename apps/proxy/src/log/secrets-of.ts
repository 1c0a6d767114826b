import { Secret } from "@modelyard/core";
import { connectionSecrets } from "@modelyard/core/kit";
import type { YamlRouter } from "modelyard";

/** All secrets of a configuration, which must not appear in logs. */
export function secretsOf({ proxy, router }: YamlRouter["config"]): readonly Secret[] {
  const own = secretsOfDeployments(router.modelList);
  return proxy.masterKey === undefined ? own : [proxy.masterKey, ...own];
}

/** The secrets of some deployments: keys, and everything else that their connections keep secret. */
export function secretsOfDeployments(list: YamlRouter["config"]["router"]["modelList"]): readonly Secret[] {
  return list.flatMap(({ apiKey, apiBase, apiVersion, organization, headers = {} }) => {
    const key = Secret.of(apiKey);
    const sent = Object.entries(headers).map(([name, value]) => [name, Secret.of(value)] as const);
    return connectionSecrets(
      { apiKey: key, baseUrl: apiBase, apiVersion, organization, headers: Object.fromEntries(sent) },
      key,
    );
  });
}
