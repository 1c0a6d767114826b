import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { defineCallback } from "@modelyard/core";
import type { DeploymentState } from "@modelyard/core/kit";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer, type NodeServer } from "@modelyard/gateway/node";
import {
  type BrokenHost,
  type CertificateFault,
  type DialectName,
  startBadCertificate,
  startRefusing,
  startResetting,
  startSilent,
  startUpstream,
  unresolvableUrl,
  type Upstream,
  type UpstreamCall,
} from "@modelyard/testing";
import { anthropic, azure, createRouter, openai, type Router } from "modelyard";
import { type Ask, byLibrary, byProxy, type Got, operations, type OperationTitle } from "./cells.js";
import { type BrokenPlace, type Fault, farMs, type Outcome, type WireName } from "./fault.js";

export type Way = "library" | "proxy";

/** The vendors, and the API over which they are called. */
export const vendors = {
  openai: { dialect: "openai", model: "openai/gpt-4", wire: "chat" },
  azure: { dialect: "azure", model: "azure/gpt", wire: "chat" },
  anthropic: { dialect: "anthropic", model: "anthropic/claude-x", wire: "messages" },
  "openai over responses": { dialect: "openai", model: "openai/gpt-4", wire: "responses" },
} as const satisfies Readonly<Record<string, { dialect: DialectName; model: string; wire: WireName }>>;
export type VendorName = keyof typeof vendors;

/** One fault in one operation of one vendor, through the library or the proxy. */
export interface Cell {
  readonly fault: Fault;
  readonly vendor: VendorName;
  readonly title: OperationTitle;
  readonly way: Way;
}

export function outcomeOf({ fault, title }: Cell): Outcome {
  return operations[title].stream ? fault.streamed : fault.plain;
}

/** The outcome of one call, and the state that it left behind. */
export interface Played {
  readonly got: Got;
  /** Calls that the faulty host received. */
  readonly faulty: readonly UpstreamCall[];
  /** Calls that the other host received. */
  readonly other: readonly UpstreamCall[];
  /** The faulty deployment after the call. */
  readonly state: DeploymentState;
  readonly otherState: DeploymentState;
  readonly at: number;
  /** How many events said that the request ended. */
  readonly ends: number;
}

/** A fault in the only deployment, with another deployment in the group, and with a fallback group. */
export interface Scene {
  readonly alone: Played;
  readonly pair: Played;
  readonly chain: Played;
}

/** The API key of every deployment, which must never be visible. */
export const canary = "sk-canary-0123456789";
export const cooldownMs = 3_600_000;
const atOnce = 24;
/** The operations that the vendors do not translate, so that no other API can be configured for them. */
const untranslated: ReadonlySet<OperationTitle> = new Set(["completions", "embeddings"]);

/** Runs all cells at the same time; every cell has its own hosts. */
export class Stage {
  readonly upstream: Upstream;
  readonly #broken: Readonly<Record<Exclude<BrokenPlace, "not_tls">, string>>;
  readonly #hosts: readonly BrokenHost[];
  readonly #routers: Router[] = [];
  readonly #servers: NodeServer[] = [];

  constructor(upstream: Upstream, broken: Stage["broken"], hosts: readonly BrokenHost[]) {
    this.upstream = upstream;
    this.#broken = broken;
    this.#hosts = hosts;
  }

  get broken(): Readonly<Record<Exclude<BrokenPlace, "not_tls">, string>> {
    return this.#broken;
  }

  /** Runs all cells. @returns their outcomes, in the order of the cells */
  async play(cells: readonly Cell[]): Promise<readonly Scene[]> {
    const callers = new Map<string, Promise<Caller>>();
    const callerOf = (cell: Cell): Promise<Caller> => {
      const key = `${cell.way} ${cell.vendor} ${cell.title}`;
      const own = cells.filter((other) => `${other.way} ${other.vendor} ${other.title}` === key);
      const caller = callers.get(key) ?? this.#createCaller(cells, own, cell.way);
      callers.set(key, caller);
      return caller;
    };
    const scenes: Scene[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let index = next++; index < cells.length; index = next++) {
        const cell = cells[index];
        if (cell !== undefined) scenes[index] = await this.#scene(cell, index, await callerOf(cell));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return scenes;
  }

  async close(): Promise<void> {
    for (const server of this.#servers) await server.drain(0);
    for (const router of this.#routers) await router.close();
    for (const host of this.#hosts) await host.close();
    await this.upstream.close();
  }

  async #createCaller(cells: readonly Cell[], own: readonly Cell[], way: Way): Promise<Caller> {
    const ends = new Map<string, number>();
    const router = createRouter({
      callbacks: [
        defineCallback({
          name: "ends",
          events: ["request_succeeded", "request_failed"],
          on: ({ requestedModel }) => {
            ends.set(requestedModel, (ends.get(requestedModel) ?? 0) + 1);
          },
        }),
      ],
      providers: [openai(), azure(), anthropic()],
      retryBudget: false,
      cooldownMs,
      timeouts: { connectMs: farMs, headersMs: farMs, firstTokenMs: farMs, idleMs: farMs, totalMs: farMs },
      modelList: [
        ...Object.entries(vendors).map(([name, { model, wire }]) => ({
          ...this.#sound(`warm-${name}`, `warm-${name.replaceAll(" ", "-")}`, model),
          wire,
        })),
        ...own.flatMap((cell) => this.#deployments(cell, cells.indexOf(cell))),
      ],
      fallbacks: own.map((cell) => {
        const name = nameOf(cells.indexOf(cell));
        return { [`${name}-chain`]: [`${name}-spare`] };
      }),
    });
    this.#routers.push(router);
    // Modules that load with the first call must not use up the time limits of the others.
    for (const { vendor } of own.slice(0, 1))
      await router.completion({ model: `warm-${vendor}`, messages: [{ role: "user", content: "hi" }] });
    const endsOf = (name: string): number => ends.get(name) ?? 0;
    if (way === "library") return { router, ask: byLibrary(router), endsOf };
    const server = createNodeServer(createGateway(router));
    this.#servers.push(server);
    server.server.listen(0, "127.0.0.1");
    await once(server.server, "listening");
    const { port } = server.server.address() as AddressInfo;
    return { router, ask: byProxy(`http://127.0.0.1:${String(port)}`), endsOf };
  }

  #entry(group: string, id: string, model: string, host: string) {
    const apiBase = model.startsWith("openai/") ? `${host}/v1` : host;
    return { modelName: group, id, model, apiBase, apiKey: canary, rpm: 1_000, tpm: 1_000_000 };
  }

  #sound(group: string, id: string, model: string = vendors.openai.model) {
    return this.#entry(group, id, model, this.upstream.url(id));
  }

  #faulty(cell: Cell, id: string) {
    const { fault, vendor, title } = cell;
    const { model, wire } = vendors[vendor];
    if (typeof fault.at !== "string") this.upstream.script({ host: id }, fault.at);
    const host = typeof fault.at === "string" ? this.#place(fault.at, id) : this.upstream.url(id);
    const { timeouts } = outcomeOf(cell);
    return {
      ...this.#entry(id, id, model, host),
      ...(untranslated.has(title) ? {} : { wire }),
      ...(timeouts === undefined ? {} : { timeouts }),
    };
  }

  #deployments(cell: Cell, index: number) {
    const name = nameOf(index);
    return [
      this.#faulty(cell, `${name}-alone`),
      { ...this.#faulty(cell, `${name}-pair`), order: 1 },
      { ...this.#sound(`${name}-pair`, `${name}-sibling`), order: 2 },
      this.#faulty(cell, `${name}-chain`),
      // The fallback of calls that can be translated has another API than the sibling, which speaks chat.
      this.#sound(`${name}-spare`, `${name}-spare`, this.#spareModel(cell)),
    ];
  }

  #spareModel({ title }: Cell): string {
    return (untranslated.has(title) ? vendors.openai : vendors.anthropic).model;
  }

  #place(place: BrokenPlace, host: string): string {
    return place === "not_tls" ? this.upstream.url(host).replace("http:", "https:") : this.#broken[place];
  }

  async #scene({ title }: Cell, index: number, { router, ask, endsOf }: Caller): Promise<Scene> {
    const name = nameOf(index);
    const callsOf = (host: string): readonly UpstreamCall[] =>
      this.upstream.calls.filter((call) => call.host === `${name}-${host}`);
    const [alone, pair, chain] = await Promise.all([
      ask(title, `${name}-alone`, 0),
      ask(title, `${name}-pair`, 1),
      ask(title, `${name}-chain`, 0),
    ]);
    // A vendor notices the end of an aborted call a moment later.
    for (const host of ["alone", "pair", "chain"])
      await Promise.all(callsOf(host).map((call) => this.upstream.waitForClose(call)));
    const deployments = router.state().groups.flatMap((group) => group.deployments);
    const stateOf = (id: string): DeploymentState => {
      const state = deployments.find((deployment) => deployment.id === `${name}-${id}`);
      if (state === undefined) throw new Error(`${name}-${id} is missing`);
      return state;
    };
    const at = Date.now();
    const played = (got: Got, which: string, other: string): Played => ({
      got,
      faulty: callsOf(which),
      other: callsOf(other),
      state: stateOf(which),
      otherState: stateOf(other),
      at,
      ends: endsOf(`${name}-${which}`),
    });
    return {
      alone: { ...played(alone, "alone", "alone"), other: [] },
      pair: played(pair, "pair", "sibling"),
      chain: played(chain, "chain", "spare"),
    };
  }
}

interface Caller {
  readonly router: Router;
  readonly ask: Ask;
  /** How many events said that a request for this model ended. */
  readonly endsOf: (model: string) => number;
}

function nameOf(index: number): string {
  return `cell${String(index)}`;
}

export async function setStage(): Promise<Stage> {
  const refusing = await startRefusing();
  const resetting = await startResetting();
  const silent = await startSilent();
  const badly = async (fault: CertificateFault): Promise<BrokenHost> => startBadCertificate(fault);
  const [selfSigned, expired, elsewhere] = [
    await badly("self_signed"),
    await badly("expired"),
    await badly("wrong_host"),
  ];
  const broken = {
    refused: refusing.url,
    unresolved: unresolvableUrl,
    resetting: resetting.url,
    self_signed: selfSigned.secureUrl,
    expired: expired.secureUrl,
    wrong_host: elsewhere.secureUrl,
    silent_tls: silent.secureUrl,
  };
  return new Stage(await startUpstream(), broken, [resetting, silent, selfSigned, expired, elsewhere]);
}
