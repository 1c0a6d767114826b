import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Application, Converter, type Context } from "typedoc";

/** The entry points of a package that other programs import, by their sources. */
function entryPoints(root: string, name: string): readonly (readonly [source: string, title: string])[] {
  const folder = join(root, "packages", name);
  const { name: title, exports = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    name: string;
    exports?: Readonly<Record<string, unknown>>;
  };
  return Object.entries(exports).flatMap(([path, conditions]) => {
    const source = (conditions as Readonly<Record<string, unknown>>)["@modelyard/source"];
    return typeof source === "string" ? [[join(folder, source), title + path.slice(1)] as const] : [];
  });
}

/** The packages whose exports are no API: a command, and what starts a project. */
const withoutApi: ReadonlySet<string> = new Set(["create-modelyard"]);

/** The options of TypeDoc's plugins, which write Markdown for VitePress. */
function pluginOptions(folder: string): object {
  return {
    docsRoot: folder,
    outputFileStrategy: "modules",
    entryFileName: "index",
    hidePageHeader: true,
    hideBreadcrumbs: true,
  };
}

/**
 * Writes the reference of all packages' exports, a page for each entry point, and `typedoc-sidebar.json`.
 *
 * @param root - the repository's folder
 * @param folder - the site's pages; the reference is written to its folder `api`
 * @throws Error if a comment has a link to something that does not exist, or the sources do not compile
 */
export async function writeApiPages(root: string, folder: string): Promise<void> {
  const points = readdirSync(join(root, "packages"))
    // What several packages export is described where TypeDoc sees it first: `modelyard` exports parts of all others.
    .toSorted((a, b) => Number(a === "modelyard") - Number(b === "modelyard"))
    .filter((name) => !withoutApi.has(name) && existsSync(join(root, "packages", name, "package.json")))
    .flatMap((name) => entryPoints(root, name));
  const application = await Application.bootstrapWithPlugins({
    plugin: ["typedoc-plugin-markdown", "typedoc-vitepress-theme"],
    entryPoints: points.map(([source]) => source),
    tsconfig: join(root, "site/tsconfig.api.json"),
    // The project's own check of types has its own command.
    skipErrorChecking: true,
    out: join(folder, "api"),
    readme: "none",
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    // What a package exports of another is described there.
    excludeReferences: true,
    treatValidationWarningsAsErrors: true,
    disableSources: true,
    githubPages: false,
    logLevel: "Warn",
    validation: { notExported: false, invalidLink: true, notDocumented: false },
    ...pluginOptions(folder),
  });
  // TypeDoc names a module by its file.
  const titles = new Map(
    points.map(([source, title]) => [
      relative(join(root, "packages"), source).replaceAll(/(?:\/index)?\.ts$/gu, ""),
      title,
    ]),
  );
  application.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => {
    for (const child of project.children ?? []) child.name = titles.get(child.name) ?? child.name;
  });
  const project = await application.convert();
  if (project === undefined) throw new Error("TypeDoc could not read the sources");
  await application.generateOutputs(project);
  if (application.logger.hasErrors()) throw new Error("TypeDoc could not write the reference");
}
