export const packageManagers = ["npm", "pnpm", "yarn", "bun"] as const;

export type PackageManager = (typeof packageManagers)[number];

export function isPackageManager(name: string): name is PackageManager {
  return (packageManagers as readonly string[]).includes(name);
}

/** The package manager that runs this process. It puts its name at the beginning of `npm_config_user_agent`. */
export function currentPackageManager({ npm_config_user_agent: agent = "" }: NodeJS.ProcessEnv): PackageManager {
  const [name = ""] = agent.split("/");
  return isPackageManager(name) ? name : "npm";
}
