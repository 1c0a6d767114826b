import type { Cache, Clock, SharedState } from "@modelyard/core";
import {
  type DeploymentCooldown,
  boundedInstant,
  type ReserveReply,
  type ReserveRequest,
  type SettleRequest,
  systemClock,
  systemRandom,
} from "@modelyard/core/kit";
import { checkOptions, choice, clock, flag, numeric, shape } from "@modelyard/core/options";
import { checkConnection } from "./check-connection.js";
import { RedisConnection, type RedisConnectionOptions } from "./connection.js";
import { redisMemory } from "./redis-cache.js";
import { Leases } from "./leases.js";
import { limitArgs } from "./limit-args.js";
import {
  readBeat,
  readFlag,
  readCooldown,
  readCooldowns,
  readReservation,
  readUntil,
  readUsed,
} from "./script-replies.js";
import { type Settlement, Settlements } from "./settlements.js";

export interface RedisStateOptions {
  /**
   * Runs the background work.
   * @defaultValue the system clock
   */
  readonly clock?: Clock;
  /**
   * Which clock decides. `caller` is for tests on a virtual clock.
   * @defaultValue `redis`
   */
  readonly time?: "redis" | "caller";
  /**
   * Whether parts of high limits are taken in advance and spent locally, so that most calls need no round trip. The
   * limits stay exact. Buckets and parallel slots are always reserved call by call.
   * @defaultValue true
   */
  readonly leases?: boolean;
  /**
   * The least number of processes that share the limits, used until Redis reports a higher one. A whole number, at
   * least 1.
   * @defaultValue unknown, so that a process that has never reached Redis assumes that it is the only one
   */
  readonly leastProcesses?: number;
}

const stateOptions = shape<RedisStateOptions>({
  clock,
  time: choice(["redis", "caller"]),
  leases: flag,
  leastProcesses: numeric({ least: 1, whole: true }),
});

/** How often this process sends a heartbeat and reads cooldowns, in case a message was lost; in milliseconds. */
const pollMs = 950;
/** How long a process counts as alive after its last heartbeat, in milliseconds. */
const aliveMs = 10_000;
/** How many stored settlements are sent at a time. */
const batch = 100;
/** Longest message that is sent, in characters. A longer one did not come from us and is ignored. */
const longestMessage = 65_536;
const processLength = 16;

/** The source and the receiver of one router's messages. */
interface Gossip {
  readonly message: () => string | undefined;
  readonly receive: (payload: string) => void;
}

class RedisState implements SharedState {
  readonly name = "redis";
  readonly memory: Cache;
  readonly #redis: RedisConnection;
  readonly #owned: boolean;
  readonly #callersTime: boolean;
  readonly #clock: Clock;
  readonly #process = systemRandom.id().slice(0, processLength);
  readonly #cooldownListeners = new Set<(cooldown: DeploymentCooldown) => void>();
  readonly #gossips = new Set<Gossip>();
  readonly #subscribed = new Set<string>();
  readonly #settlements = new Settlements();
  readonly #leases: Leases | undefined;
  readonly #endAvailability: () => void;
  readonly #leastProcesses: number;
  #processes: number | undefined;
  #timer: unknown;
  #polling = false;
  #closed = false;

  constructor(connection: RedisConnection | RedisConnectionOptions, options: RedisStateOptions) {
    this.#owned = !(connection instanceof RedisConnection);
    this.#redis = connection instanceof RedisConnection ? connection : new RedisConnection(connection);
    this.memory = redisMemory(this.#redis);
    this.#callersTime = options.time === "caller";
    this.#clock = options.clock ?? systemClock;
    this.#processes = options.leastProcesses;
    this.#leastProcesses = options.leastProcesses ?? 1;
    if (!this.#callersTime && options.leases !== false) {
      this.#leases = new Leases(this.#redis, this.#process, this.#clock, () => this.#processes);
    }
    this.#endAvailability = this.#redis.onAvailability((available) => {
      if (available) void this.#poll();
    });
    void this.#poll();
    this.#beat();
  }

  get available(): boolean {
    return this.#redis.available;
  }

  get processes(): number | undefined {
    return this.#processes;
  }

  onAvailability(listener: (available: boolean) => void): () => void {
    return this.#redis.onAvailability(listener);
  }

  reserve(request: ReserveRequest): ReserveReply | Promise<ReserveReply> {
    return this.#leases?.reserve(request, () => this.#reserve(request)) ?? this.#reserve(request);
  }

  async settle(request: SettleRequest): Promise<boolean> {
    const leased = this.#leases?.settle(request);
    if (leased !== undefined) return leased;
    const settlement = { request, at: this.#clock.now() };
    try {
      return await this.#settle(settlement);
    } catch {
      this.#settlements.add(settlement);
      return true;
    }
  }

  async extend({ deploymentId, reservationId, ttlMs, now }: Parameters<SharedState["extend"]>[0]): Promise<boolean> {
    if (this.#leases?.extend(deploymentId, reservationId, ttlMs) === true) return true;
    const args = [this.#now(now), reservationId, ttlMs];
    const keys = this.#keys(deploymentId, reservationId);
    return this.#redis.run({ name: "extend", keys, args, background: true }, readFlag);
  }

  async used({ deploymentId, limits, now }: Parameters<SharedState["used"]>[0]): Promise<readonly number[]> {
    const [books = "", slots = ""] = this.#keys(deploymentId, "");
    const args = [this.#now(now), ...limitArgs(limits, [])];
    return this.#redis.run({ name: "used", keys: [books, slots], args }, (reply) => readUsed(reply, limits.length));
  }

  async startCooldown(cooldown: DeploymentCooldown, now: number): Promise<number> {
    const { deploymentId, reason } = cooldown;
    const until = boundedInstant(cooldown.until, now) ?? now;
    const message = JSON.stringify({ deploymentId, until, reason });
    const args = [this.#now(now), deploymentId, until, reason, this.#channel("cooldowns"), message];
    return this.#redis.run({ name: "startCooldown", keys: this.#cooldownKeys(), args }, (reply) =>
      readUntil(reply, now),
    );
  }

  async endCooldown(deploymentId: string, until = Number.MAX_SAFE_INTEGER): Promise<void> {
    await this.#redis.run({ name: "endCooldown", keys: this.#cooldownKeys(), args: [deploymentId, until] }, readFlag);
  }

  async cooldowns(now: number): Promise<readonly DeploymentCooldown[]> {
    const run = { name: "cooldowns", keys: this.#cooldownKeys(), args: [this.#now(now)] } as const;
    return this.#redis.run(run, (reply) => readCooldowns(reply, now));
  }

  onCooldown(listener: (cooldown: DeploymentCooldown) => void): () => void {
    this.#subscribe("cooldowns", (message) => {
      const cooldown = readCooldown(message, this.#clock.now());
      if (cooldown !== undefined) for (const each of this.#cooldownListeners) each(cooldown);
    });
    this.#cooldownListeners.add(listener);
    return () => {
      this.#cooldownListeners.delete(listener);
    };
  }

  gossip(message: () => string | undefined, receive: (payload: string) => void): () => void {
    this.#subscribe("facts", (text) => {
      const payload = text.slice(processLength + 1);
      if (!text.startsWith(this.#process)) for (const gossip of this.#gossips) gossip.receive(payload);
    });
    const gossip = { message, receive };
    this.#gossips.add(gossip);
    return () => {
      this.#gossips.delete(gossip);
    };
  }

  /** If Redis is available, returns prefetched quotas and sends the settlements that are still stored. */
  async close(): Promise<void> {
    this.#clock.clearTimer(this.#timer);
    if (this.#redis.available) await this.#catchUp();
    this.#closed = true;
    this.#endAvailability();
    this.#cooldownListeners.clear();
    this.#gossips.clear();
    await this.#leases?.releaseIdle(0);
    const key = this.#redis.key("", "processes");
    if (this.#redis.available) {
      await this.#redis.command(key, (client) => client.zrem(key, this.#process)).catch(() => undefined);
    }
    if (this.#owned) await this.#redis.close();
  }

  async #reserve(request: ReserveRequest): Promise<ReserveReply> {
    const { deploymentId, reservationId, ttlMs, limits, amounts } = request;
    const args = [this.#now(request.now), reservationId, ttlMs, ...limitArgs(limits, amounts)];
    const keys = this.#keys(deploymentId, reservationId);
    return this.#redis.run({ name: "reserve", keys, args }, (reply) => readReservation(reply, limits));
  }

  async #settle({ request, at }: Settlement): Promise<boolean> {
    const { deploymentId, reservationId, limits, amounts, unreserved = false } = request;
    const age = Math.max(0, Math.round(this.#clock.now() - at));
    const args = [this.#now(request.now), reservationId, unreserved ? "1" : "0", age, ...limitArgs(limits, amounts)];
    const keys = this.#keys(deploymentId, reservationId);
    return this.#redis.run({ name: "settle", keys, args, background: true }, readFlag);
  }

  #now(now: number): string | number {
    return this.#callersTime ? now : "";
  }

  /** The keys of a deployment, all in one hash slot. */
  #keys(deploymentId: string, reservationId: string): readonly string[] {
    const base = this.#redis.key(deploymentId, "");
    return [`${base}limits`, `${base}slots`, `${base}reservation:${reservationId}`];
  }

  #cooldownKeys(): readonly string[] {
    return [this.#redis.key("", "cooldowns:until"), this.#redis.key("", "cooldowns:reasons")];
  }

  #channel(name: string): string {
    return `${this.#redis.prefix}:channel:${name}`;
  }

  #subscribe(name: string, listener: (message: string) => void): void {
    if (this.#subscribed.has(name)) return;
    this.#subscribed.add(name);
    this.#redis.subscribe(this.#channel(name), (message) => {
      if (message.length <= processLength + 1 + longestMessage) listener(message);
    });
  }

  #beat(): void {
    if (this.#closed) return;
    this.#timer = this.#clock.setTimer(() => {
      void this.#poll().finally(() => {
        this.#beat();
      });
    }, pollMs);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** Sends a heartbeat, reads cooldowns whose messages may have been lost, and sends stored settlements. */
  async #poll(): Promise<void> {
    if (!this.#redis.available || this.#polling || this.#closed || this.#callersTime) return;
    this.#polling = true;
    try {
      const keys = [this.#redis.key("", "processes"), ...this.#cooldownKeys()];
      const args = ["", this.#process, aliveMs, this.#channel("facts"), ...this.#facts()];
      const now = this.#clock.now();
      const [processes, cooldowns] = await this.#redis.run({ name: "beat", keys, args }, (reply) =>
        readBeat(reply, now),
      );
      this.#processes = Math.max(this.#leastProcesses, processes);
      for (const cooldown of cooldowns) for (const listener of this.#cooldownListeners) listener(cooldown);
      await this.#catchUp();
      await this.#leases?.releaseIdle();
    } catch {
      // The connection has recorded the failure, and the next round tries again.
    } finally {
      this.#polling = false;
    }
  }

  /** The messages of this process for others. None while it is known to be the only process. */
  #facts(): readonly string[] {
    const facts: string[] = [];
    for (const gossip of this.#gossips) {
      const payload = this.#gossips.size > 1 || this.#processes !== 1 ? gossip.message() : undefined;
      if (payload === undefined || payload.length > longestMessage) continue;
      facts.push(`${this.#process}:${payload}`);
      for (const other of this.#gossips) if (other !== gossip) other.receive(payload);
    }
    return facts;
  }

  async #catchUp(): Promise<void> {
    let failed = false;
    while (!failed && !this.#closed && this.#settlements.size > 0) {
      const settlements = this.#settlements.take(batch, this.#clock.now());
      const outcomes = await Promise.allSettled(settlements.map((settlement) => this.#settle(settlement)));
      for (const [index, outcome] of outcomes.entries()) {
        const settlement = settlements[index];
        if (outcome.status === "fulfilled" || settlement === undefined) continue;
        failed = true;
        this.#settlements.add(settlement);
      }
    }
  }
}

/**
 * Creates a state that shares limits and cooldowns between processes. Its methods reject if Redis does not answer in
 * time; the router then applies the limits locally.
 * @throws `invalid_option`
 */
export function redisState(
  connection: RedisConnection | RedisConnectionOptions,
  options: RedisStateOptions = {},
): SharedState {
  if (!(connection instanceof RedisConnection)) checkConnection(connection, "redisState");
  checkOptions(options, stateOptions, "redisState");
  return new RedisState(connection, options);
}
