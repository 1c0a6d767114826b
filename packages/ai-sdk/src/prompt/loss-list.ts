import type { Loss } from "@modelyard/wires";

/** What a prompt or an option of the AI SDK says that no request to a router can carry. */
export class LossList {
  readonly all: Loss[] = [];

  /** The answer does not depend on it. */
  dropped(path: string, why: string): void {
    this.all.push({ path, kind: "dropped", why });
  }

  /** It is said in another way. */
  converted(path: string, why: string): void {
    this.all.push({ path, kind: "converted", why });
  }

  /** The answer could be wrong without it. */
  refused(path: string, why: string): void {
    this.all.push({ path, kind: "refused", why });
  }
}
