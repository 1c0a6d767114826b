import type { JsonObject, RouterError } from "@modelyard/core";
import type { StoredId, StoredIds } from "@modelyard/core/kit";
import type { Account, Accounts } from "../plan/accounts.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { RequestTrail } from "./request-trail.js";

/** The accounts that are asked one after another for what the ids of a request name, since the ids name none of them. */
export interface AccountSearch {
  readonly ids: readonly string[];
  /** At least two. */
  readonly accounts: readonly Account[];
}

interface StoredNamesInput {
  readonly search?: AccountSearch | undefined;
  readonly ids: StoredIds;
  readonly accounts: Accounts;
  readonly account: Account | undefined;
  readonly only: Account | undefined;
  /** The parts of the request that can be omitted, as far as they name an account. */
  readonly optional: readonly OptionalPart[];
}

/** A part of a request that one account can read, and that is omitted for the others. */
export interface OptionalPart extends StoredId {
  readonly account: Account;
}

/**
 * How one call names what vendors store. Where the group that the caller asked for has several accounts, the caller knows
 * ids that name the account, and vendors only ever see their own.
 */
export class StoredNames {
  readonly ids: StoredIds;
  /**
   * The account that stores what the request refers to, or that is asked for it. `undefined`: it refers to nothing, so any
   * account may serve.
   */
  account: Account | undefined;
  readonly #accounts: Accounts;
  readonly #search: AccountSearch | undefined;
  /** The accounts that have not been asked yet. */
  #unasked: readonly Account[] = [];
  /** Whether none of the accounts holds it. */
  #missing = false;
  /** The first failure of an account that could not say whether it holds it. */
  #unanswered: RouterError | undefined;
  readonly #optional: readonly OptionalPart[];
  /** The only account of the group that the caller asked for. `undefined`: it has several. */
  readonly #only: Account | undefined;
  /** By the vendor's id, the one that the caller sent, where they differ. */
  readonly #sent = new Map<string, string>();

  constructor({ ids, accounts, account, only, optional, search }: StoredNamesInput) {
    this.ids = ids;
    this.account = account;
    this.#accounts = accounts;
    this.#only = only;
    this.#optional = optional;
    this.#search = search;
  }

  /** Whether it is not known yet which account holds what the request refers to. */
  get searches(): boolean {
    return this.#search !== undefined && this.account !== undefined && !this.#missing;
  }

  /** Whether the ids of the request name no account, so that several may hold what it refers to. */
  get searched(): boolean {
    return this.#search !== undefined;
  }

  /** Begins to ask the accounts one after another, if the ids of the request name none of them. */
  beginSearch(): void {
    if (this.#search === undefined) return;
    const { ids, accounts } = this.#search;
    const known = ids.map((id) => this.#accounts.holderOf(id)).find((holder) => holder !== undefined);
    const ordered = known === undefined ? accounts : [known, ...accounts.filter((account) => account !== known)];
    [this.account, ...this.#unasked] = ordered;
  }

  /**
   * Goes on to the next account, after one did not have what the request refers to or could not say so.
   * @returns whether there is another account
   */
  searchOn(error: RouterError): boolean {
    if (!isMissing(error)) this.#unanswered ??= error;
    const [next, ...unasked] = this.#unasked;
    if (next === undefined) {
      this.#missing = true;
      return false;
    }
    [this.account, this.#unasked] = [next, unasked];
    return true;
  }

  /** The failure of a search in vain, if an account could not say whether it holds what the request refers to. */
  get unanswered(): RouterError | undefined {
    return this.#unanswered;
  }

  /** The current account answered, so it holds what the request refers to. */
  found(): void {
    if (this.#search === undefined || this.account === undefined) return;
    for (const id of this.#search.ids) this.#accounts.remember(id, this.account);
  }

  /** Whether some deployments can read more of the request than others. */
  get hasPreference(): boolean {
    return this.#optional.length > 0;
  }

  /** The candidates that can read the newest optional part. If there are none: all candidates. */
  preferred(candidates: readonly DeploymentRuntime[]): readonly DeploymentRuntime[] {
    const account = this.#optional.at(-1)?.account;
    const reading = candidates.filter((runtime) => this.#accounts.of(runtime) === account);
    return reading.length === 0 ? candidates : reading;
  }

  /** Whether a deployment cannot read what the request refers to. */
  excludes(runtime: DeploymentRuntime): boolean {
    return this.#missing || (this.account !== undefined && this.#accounts.of(runtime) !== this.account);
  }

  /**
   * The request with the vendor's own ids, and without what the account cannot read. It is the same object if nothing
   * changes.
   */
  toVendor(request: JsonObject, runtime: DeploymentRuntime, trail: Pick<RequestTrail, "drop">): JsonObject {
    const account = this.#accounts.of(runtime);
    const unreadable = this.#optional.filter((part) => part.account !== account);
    if (unreadable.length === 0) return this.#withVendorIds(request);
    trail.drop(unreadable.map(({ path }) => path));
    return this.#withVendorIds(this.ids.without(request, new Set(unreadable.map(({ id }) => id))));
  }

  #withVendorIds(request: JsonObject): JsonObject {
    return this.ids.with(request, (written) => {
      const { id, foreign } = this.#accounts.read(written, false);
      // A sealed id of an account that is unknown here may be one that the vendor sealed, if it is a router, too.
      if (id === written || (foreign && this.#only !== undefined)) return written;
      this.#sent.set(id, written);
      return id;
    });
  }

  /**
   * The names that the caller knows what is in the answer by. `undefined`: those of the vendor.
   * @param request - as it was sent
   */
  renaming(runtime: DeploymentRuntime, request: JsonObject): Renaming | undefined {
    const account = this.#accounts.of(runtime);
    const seals = account !== this.#only && this.ids.stores(request);
    return seals || this.#sent.size > 0 ? new Renaming(this.#sent, seals ? account : undefined) : undefined;
  }
}

/** Whether a vendor says that its account does not have what a request refers to. They say so with a 400 or a 404. */
export function isMissing({ source, kind, code, reason }: RouterError): boolean {
  if (source !== "provider" || code === "model_not_found") return false;
  return (
    kind === "not_found" ||
    code === "previous_response_not_found" ||
    (kind === "bad_request" && /\bnot found\b/iu.test(reason))
  );
}

/** Limit for the sealed ids of one answer, since each takes about 5 microseconds. An answer has some 10. */
const mostSealed = 1_000;
const tokenForm = /"([A-Za-z]+_[^"\\]{1,512})"/gu;

/** The ids in one answer, as its caller knows them. */
export class Renaming {
  /** By the vendor's id. */
  readonly #names: Map<string, string>;
  readonly #account: Account | undefined;
  readonly #most: number;

  /** @param account - seals ids that the caller does not know yet. Not set: they stay as they are */
  constructor(sent: ReadonlyMap<string, string>, account: Account | undefined) {
    this.#names = new Map(sent);
    this.#account = account;
    this.#most = this.#names.size + mostSealed;
  }

  readonly nameOf = (id: string): string => {
    const known = this.#names.get(id);
    if (known !== undefined || this.#account === undefined || this.#names.size >= this.#most) return known ?? id;
    const name = this.#account.seal(id);
    this.#names.set(id, name);
    return name;
  };

  /** Replaces ids that have been named in a JSON text. Quotes inside of JSON strings are escaped, so only whole strings match. */
  respell(text: string): string {
    return text.replaceAll(tokenForm, (token, id: string) => {
      const name = this.#names.get(id);
      return name === undefined ? token : `"${name}"`;
    });
  }
}
