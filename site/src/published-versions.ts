import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const versionFolder = /^v(?<major>\d+)\.(?<minor>\d+)\.(?<patch>\d+)$/u;

/** The versions in the folder of the published site, the newest first, as the names of their folders. */
export function versionsIn(folder: string): readonly string[] {
  const parts = (name: string): readonly number[] => name.slice(1).split(".").map(Number);
  return readdirSync(folder)
    .filter((name) => versionFolder.test(name))
    .toSorted((a, b) => {
      const [left, right] = [parts(a), parts(b)];
      const differing = left.findIndex((part, index) => part !== right[index]);
      return (right[differing] ?? 0) - (left[differing] ?? 0);
    });
}

/**
 * Adds a version to the folder of the published site. Each version stays in a folder of its own, and the newest is at the root, too.
 *
 * @param folder - the published site
 * @param version - for example `0.2.0`
 * @param build - builds the site for an address, and returns the folder with the result
 * @param base - the path of the published site, with a slash at both ends
 */
export async function addVersion(
  folder: string,
  version: string,
  build: (base: string) => Promise<string>,
  base: string,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const name = `v${version}`;
  rmSync(join(folder, name), { recursive: true, force: true });
  cpSync(await build(`${base}${name}/`), join(folder, name), { recursive: true });
  const versions = versionsIn(folder);
  if (versions[0] === name) {
    const earlier = new Set([...versions, ".git", ".nojekyll"]);
    for (const entry of readdirSync(folder)) if (!earlier.has(entry)) rmSync(join(folder, entry), { recursive: true });
    cpSync(await build(base), folder, { recursive: true });
  }
  const links = versions.map((each) => `<li><a href="${base}${each}/">${each}</a></li>`).join("\n");
  writeFileSync(
    join(folder, "versions.html"),
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Versions of Modelyard's documentation</title>
<style>:root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif; } body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }</style>
</head>
<body>
<h1>Versions of Modelyard's documentation</h1>
<ul>
${links}
</ul>
</body>
</html>
`,
  );
  // GitHub would otherwise leave out files whose names begin with an underscore.
  if (!existsSync(join(folder, ".nojekyll"))) writeFileSync(join(folder, ".nojekyll"), "");
}
