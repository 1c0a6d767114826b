// Load it with `node --import`. It makes every function in the sources of the packages report when it is called. It reads
// the TypeScript sources, so nothing has to be built first.
import { registerHooks } from "node:module";
import { existsSync, readFileSync } from "node:fs";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

declare global {
  /** Called at the start of every function of the packages. Set it to record calls. */
  var visited: (file: string, name: string) => void;
}

globalThis.visited = () => undefined;

const packages = fileURLToPath(new URL("../../../packages/", import.meta.url));

/** Path below `packages`, without `src`, for example `router/create-router.ts`. `undefined`: not in a package. */
function placeOf(url: string): string | undefined {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return undefined;
  const place = relative(packages, fileURLToPath(url)).split(sep);
  return place[1] === "src" ? place.filter((_, index) => index !== 1).join("/") : undefined;
}

/** The name of a function. One without a name gets that of the enclosing function, for example `select()`. */
function nameOf(node: ts.Node): string {
  if (ts.isConstructorDeclaration(node)) return `new ${node.parent.name?.text ?? "class"}`;
  const { parent } = node;
  const named = ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent);
  const name = (ts.isFunctionLike(node) ? node.name : undefined) ?? (named ? parent.name : undefined);
  if (name !== undefined) return name.getText();
  for (let outer = parent; !ts.isSourceFile(outer); outer = outer.parent)
    if (ts.isFunctionLike(outer)) return `${nameOf(outer)}()`;
  return "()";
}

/** Adds the report of the call to the beginning of each function in a source. */
function probed(source: string, place: string): string {
  const insertions: { readonly at: number; readonly text: string }[] = [];
  const visit = (node: ts.Node): void => {
    const body = ts.isFunctionLike(node) && "body" in node ? node.body : undefined;
    if (body !== undefined) {
      const note = `visited(${JSON.stringify(place)}, ${JSON.stringify(nameOf(node))})`;
      if (ts.isBlock(body)) insertions.push({ at: body.getStart() + 1, text: `${note};` });
      else insertions.push({ at: body.getStart(), text: `(${note}, ` }, { at: body.getEnd(), text: ")" });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(place, source, ts.ScriptTarget.ES2023, true));
  let text = source;
  for (const { at, text: added } of insertions.toSorted((one, other) => other.at - one.at))
    text = text.slice(0, at) + added + text.slice(at);
  return text;
}

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith(".") && context.parentURL?.endsWith(".ts") === true) {
      const source = new URL(specifier.replace(/\.js$/u, ".ts"), context.parentURL);
      if (existsSync(source)) return { url: source.href, format: "module-typescript", shortCircuit: true };
    }
    return next(specifier, { ...context, conditions: ["@modelyard/source", ...context.conditions] });
  },
  load(url, context, next) {
    const place = placeOf(url);
    if (place === undefined) return next(url, context);
    const { outputText } = ts.transpileModule(probed(readFileSync(fileURLToPath(url), "utf8"), place), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true },
    });
    return { format: "module", source: outputText, shortCircuit: true };
  },
});
