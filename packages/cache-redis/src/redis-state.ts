import {
  type BenchMark,
  type Clock,
  type LimitSpec,
  type ReserveReply,
  type ReserveRequest,
  type SettleRequest,
  type SharedState,
  systemClock,
  systemRandom,
} from "@modelyard/core";
import { processName, RedisConnection, type RedisConnectionOptions, redisConnection } from "./connection.js";

export interface RedisStateOptions {
  /** What runs the background work. @defaultValue the platform's */
  readonly clock?: Clock;
  /** Whose time counts. `caller` is for tests on a virtual clock. @defaultValue `redis` */
  readonly time?: "redis" | "caller";
}

/** How often cooldowns are read in case a message was lost, and signs of life are given, in milliseconds. */
const pollMs = 1_000;
/** How long a process counts after its last sign of life, in milliseconds. */
const aliveMs = 10_000;

function limitArgs(limits: readonly LimitSpec[], amounts: readonly number[]): readonly (string | number)[] {
  return limits.flatMap((spec, index) => [
    spec.name,
    spec.kind,
    spec.limit,
    spec.kind === "slots" ? 0 : spec.windowMs,
    spec.kind === "bucket" ? spec.burst : 0,
    amounts[index] ?? 0,
  ]);
}

class RedisState implements SharedState {
  readonly name = "redis";
  readonly #redis: RedisConnection;
  readonly #owned: boolean;
  readonly #callersTime: boolean;
  readonly #clock: Clock;
  readonly #process = processName(systemRandom.id());
  readonly #listeners = new Set<(mark: BenchMark) => void>();
  #processes: number | undefined;
  #timer: unknown;
  #watching = false;
  #closed = false;

  constructor(connection: RedisConnection | RedisConnectionOptions, options: RedisStateOptions) {
    this.#owned = !(connection instanceof RedisConnection);
    this.#redis = connection instanceof RedisConnection ? connection : redisConnection(connection);
    this.#callersTime = options.time === "caller";
    this.#clock = options.clock ?? systemClock;
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

  async reserve(request: ReserveRequest): Promise<ReserveReply> {
    const args = [
      this.#now(request.now),
      request.reservationId,
      request.ttlMs,
      ...limitArgs(request.limits, request.amounts),
    ];
    const reply = (await this.#redis.run(
      "reserve",
      this.#keys(request.deploymentId, request.reservationId),
      args,
    )) as readonly number[];
    if (reply[0] === 1) return { granted: true };
    const wait = reply[2] ?? 0;
    return {
      granted: false,
      limit: request.limits[(reply[1] ?? 1) - 1]?.name ?? "rpm",
      retryAfterMs: wait === -1 ? Number.POSITIVE_INFINITY : wait,
    };
  }

  async settle(request: SettleRequest): Promise<boolean> {
    const args = [this.#now(request.now), request.reservationId, 0, ...limitArgs(request.limits, request.amounts)];
    return (await this.#redis.run("settle", this.#keys(request.deploymentId, request.reservationId), args)) === 1;
  }

  async extend({ deploymentId, reservationId, ttlMs, now }: Parameters<SharedState["extend"]>[0]): Promise<boolean> {
    return (
      (await this.#redis.run("extend", this.#keys(deploymentId, reservationId), [
        this.#now(now),
        reservationId,
        ttlMs,
      ])) === 1
    );
  }

  async used({ deploymentId, limits, now }: Parameters<SharedState["used"]>[0]): Promise<readonly number[]> {
    const args = [this.#now(now), "", "", ...limitArgs(limits, [])];
    const reply = (await this.#redis.run("used", this.#keys(deploymentId, "-"), args)) as readonly string[];
    return reply.map(Number);
  }

  async bench(mark: BenchMark, now: number): Promise<number> {
    const args = [this.#now(now), mark.deploymentId, mark.until, mark.reason, this.#channel()];
    return Number(await this.#redis.run("bench", this.#benchKeys(), args));
  }

  async unbench(deploymentId: string): Promise<void> {
    const [until = "", reasons = ""] = this.#benchKeys();
    await this.#redis.command(async (client) => {
      await client.zrem(until, deploymentId);
      await client.hdel(reasons, deploymentId);
    });
  }

  async benches(now: number): Promise<readonly BenchMark[]> {
    const reply = (await this.#redis.run("benches", this.#benchKeys(), [this.#now(now)])) as readonly string[];
    const marks: BenchMark[] = [];
    for (let index = 0; index + 2 < reply.length; index += 3) {
      marks.push({
        deploymentId: reply[index] ?? "",
        until: Number(reply[index + 1]),
        reason: reply[index + 2] ?? "shared",
      });
    }
    return marks;
  }

  onBench(listener: (mark: BenchMark) => void): () => void {
    this.#listeners.add(listener);
    this.#watch();
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async increment(key: string, by: number, ttlMs: number): Promise<number> {
    return Number(await this.#redis.run("increment", [`${this.#redis.namespace}:v1:count:${key}`], ["", by, ttlMs]));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#clock.clearTimer(this.#timer);
    this.#listeners.clear();
    if (this.#owned) await this.#redis.close();
  }

  #now(now: number): string | number {
    return this.#callersTime ? now : "";
  }

  /** All keys of a deployment in one hash slot. */
  #keys(deploymentId: string, reservationId: string): readonly string[] {
    const base = `${this.#redis.namespace}:v1:{${deploymentId}}`;
    return [`${base}:limits`, `${base}:slots`, `${base}:reservation:${reservationId}`];
  }

  #benchKeys(): readonly string[] {
    const base = `${this.#redis.namespace}:v1:{benches}`;
    return [`${base}:until`, `${base}:reasons`];
  }

  #channel(): string {
    return `${this.#redis.namespace}:v1:benches`;
  }

  #tell(mark: BenchMark): void {
    for (const listener of this.#listeners) listener(mark);
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#redis
      .subscribe(this.#channel(), (message) => {
        try {
          this.#tell(JSON.parse(message) as BenchMark);
        } catch {
          // Somebody else's message on our channel.
        }
      })
      .catch(() => undefined);
  }

  /** Reads what messages may have missed, and says that we live. */
  #beat(): void {
    if (this.#closed) return;
    this.#timer = this.#clock.setTimer(() => {
      void this.#poll().finally(() => {
        this.#beat();
      });
    }, pollMs);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  async #poll(): Promise<void> {
    if (!this.#redis.available) return;
    try {
      this.#processes = Number(
        await this.#redis.run("beat", [`${this.#redis.namespace}:v1:processes`], ["", this.#process, aliveMs]),
      );
      if (this.#listeners.size === 0) return;
      for (const mark of await this.benches(this.#clock.now())) this.#tell(mark);
    } catch {
      // The connection has noticed; the next round asks again.
    }
  }
}

/** Limits and cooldowns that many processes share. Rejects when Redis does not answer in time; then limits are local. */
export function redisState(
  connection: RedisConnection | RedisConnectionOptions,
  options: RedisStateOptions = {},
): SharedState {
  return new RedisState(connection, options);
}
