import type { Deployment } from "@modelyard/core";
import { canonicalJson, hmacSha256, sha256Hex } from "@modelyard/core/kit";
import type { DeploymentRuntime } from "./deployment-runtime.js";
import type { GroupRuntime } from "./group-runtime.js";
import { readForeignId } from "./foreign-ids.js";

/** Comes after the prefix of a sealed id. Ends with the version of the form. */
const mark = "mdy1";
/** Longer ids are not sealed, and not opened. Vendors' are about 60 characters long. */
const longestId = 512;
/** Limit for the ids whose accounts are remembered. */
const mostRemembered = 1_000;
const sealedForm = /^(?<prefix>[A-Za-z]+_)?mdy1(?<tag>[\da-f]{8})(?<signature>[\w-]{11})(?<rest>.+)$/su;
const prefixForm = /^[A-Za-z]+_/u;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const encoder = new TextEncoder();

/**
 * An account at a vendor: a key at an address. What the vendor stores for one account, no other can read. In a sealed
 * id, its signature shows that it comes from a process with the same key. Neither reveals the key.
 */
export class Account {
  /** Names the account in ids. The same in all processes with the same settings. */
  readonly tag: string;
  readonly #key: Uint8Array;

  /** @param identity - contains the key */
  constructor(identity: string) {
    this.#key = encoder.encode(sha256Hex(identity));
    this.tag = Array.from(this.#digest("tag").subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** The id that a caller gets for something that this account stores under `id`. */
  seal(id: string): string {
    if (id.length > longestId) return id;
    const prefix = prefixForm.exec(id)?.[0] ?? "";
    return `${prefix}${mark}${this.tag}${this.#sign(id)}${id.slice(prefix.length)}`;
  }

  /** Whether an id was sealed with the key of this account. Takes the same time for every wrong signature. */
  signed({ id, signature }: SealedId): boolean {
    const expected = this.#sign(id);
    let difference = 0;
    for (let index = 0; index < expected.length; index += 1)
      difference |= expected.charCodeAt(index) ^ signature.charCodeAt(index);
    return difference === 0;
  }

  #sign(id: string): string {
    return Array.from(this.#digest(`id:${id}`).subarray(0, 11), (byte) => alphabet[byte & 63]).join("");
  }

  #digest(text: string): Uint8Array {
    return hmacSha256(this.#key, encoder.encode(text));
  }
}

/** The parts of a sealed id. */
export interface SealedId {
  readonly tag: string;
  readonly signature: string;
  /** The vendor's own id. */
  readonly id: string;
}

/** Reads a sealed id without checking its signature. `undefined`: it is not one. */
function readSealed(id: string): SealedId | undefined {
  // The longest id gets its mark, tag and signature.
  if (id.length > longestId + 32 || !id.includes(mark)) return undefined;
  const { prefix = "", tag, signature, rest } = sealedForm.exec(id)?.groups ?? {};
  return tag === undefined || signature === undefined || rest === undefined
    ? undefined
    : { tag, signature, id: prefix + rest };
}

/** An id that a caller sent. */
export interface ReadId {
  /** The vendor's own id. */
  readonly id: string;
  /** The account that it names. `undefined`: it names none. */
  readonly account: Account | undefined;
  /** Whether it names an account that is not configured, or has a wrong signature. */
  readonly foreign: boolean;
}

/** The accounts of the deployments of one configuration. They are compared when a request needs that for the first time. */
export class Accounts {
  readonly #runtimes: readonly DeploymentRuntime[];
  readonly #byDeployment = new WeakMap<Deployment, Account>();
  readonly #byIdentity = new Map<string, Account>();
  readonly #byGroup = new WeakMap<GroupRuntime, { readonly only: Account | undefined }>();
  /** By ids that name no account, the accounts that turned out to hold them. */
  readonly #holders = new Map<string, Account>();
  #byId: ReadonlyMap<string, DeploymentRuntime> | undefined;
  #byTag: ReadonlyMap<string, readonly Account[]> | undefined;

  constructor(runtimes: readonly DeploymentRuntime[]) {
    this.#runtimes = runtimes;
  }

  of({ deployment }: DeploymentRuntime): Account {
    let account = this.#byDeployment.get(deployment);
    if (account !== undefined) return account;
    const identity = identityOf(deployment);
    account = this.#byIdentity.get(identity) ?? new Account(identity);
    this.#byIdentity.set(identity, account);
    this.#byDeployment.set(deployment, account);
    return account;
  }

  /** The account of all deployments of a group. `undefined`: they have several. */
  onlyOf(group: GroupRuntime): Account | undefined {
    let known = this.#byGroup.get(group);
    if (known === undefined) {
      const [first, ...others] = new Set(group.runtimes.map((runtime) => this.of(runtime)));
      known = { only: others.length === 0 ? first : undefined };
      this.#byGroup.set(group, known);
    }
    return known.only;
  }

  /**
   * Reads an id as a caller knows it: sealed here, encoded by LiteLLM, or a vendor's own.
   * @param verifies - whether the signature is checked
   */
  read(id: string, verifies = true): ReadId {
    const sealed = readSealed(id);
    if (sealed !== undefined) {
      const account = this.#tagged(sealed.tag).find((one) => !verifies || one.signed(sealed));
      return { id: sealed.id, account, foreign: account === undefined };
    }
    const encoded = readForeignId(id);
    if (encoded === undefined) return { id, account: undefined, foreign: false };
    this.#byId ??= new Map(this.#runtimes.map((runtime) => [runtime.deployment.id, runtime]));
    const named = this.#byId.get(encoded.deploymentId);
    return { id: encoded.id, account: named === undefined ? undefined : this.of(named), foreign: false };
  }

  /** The account that is known to hold an id that names none. */
  holderOf(id: string): Account | undefined {
    return this.#holders.get(id);
  }

  /** Remembers which account holds an id that names none. The oldest are forgotten. */
  remember(id: string, account: Account): void {
    if (id.length > longestId) return;
    this.#holders.delete(id);
    this.#holders.set(id, account);
    if (this.#holders.size > mostRemembered) this.#holders.delete(this.#holders.keys().next().value as string);
  }

  #tagged(tag: string): readonly Account[] {
    if (this.#byTag === undefined) {
      const byTag = new Map<string, Account[]>();
      for (const account of new Set(this.#runtimes.map((runtime) => this.of(runtime))))
        byTag.set(account.tag, [...(byTag.get(account.tag) ?? []), account]);
      this.#byTag = byTag;
    }
    return this.#byTag.get(tag) ?? [];
  }
}

/** Everything that decides which account a vendor sees. It contains secrets, and stays in this file. */
function identityOf({ provider, connection }: Deployment): string {
  const { apiKey, baseUrl, organization, headers } = connection;
  const revealed = Object.entries(headers).map(([name, value]) => [name, value.reveal()]);
  return canonicalJson([provider, baseUrl, apiKey?.reveal(), organization, Object.fromEntries(revealed)]);
}
