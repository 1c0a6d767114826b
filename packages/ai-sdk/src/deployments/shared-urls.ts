import type { LanguageModelV4 } from "@ai-sdk/provider";

type Urls = Awaited<LanguageModelV4["supportedUrls"]>;

/**
 * The addresses of files that every model reads by itself. The SDK downloads the others, so that each model can serve.
 * @returns `undefined` if there is no model
 */
export function sharedUrls(models: readonly LanguageModelV4[]): LanguageModelV4["supportedUrls"] | undefined {
  if (models.length === 0) return undefined;
  return Promise.all(models.map(async ({ supportedUrls }) => supportedUrls)).then(intersection, () => ({}));
}

function intersection([first = {}, ...others]: readonly Urls[]): Urls {
  const shared = Object.entries(first).map(([mediaType, patterns]): [string, RegExp[]] => [
    mediaType,
    patterns.filter((pattern) =>
      others.every((other) => (other[mediaType] ?? []).some(({ source }) => source === pattern.source)),
    ),
  ]);
  return Object.fromEntries(shared.filter(([, patterns]) => patterns.length > 0));
}
