import {
  checkOptions,
  clock,
  count,
  fault,
  kindOf,
  list,
  logger,
  object,
  part,
  positive,
  type Rule,
  secret,
  shape,
  text,
} from "@modelyard/core/options";
import type { RedisClient, RedisNode } from "./client.js";
import type { RedisConnectionOptions } from "./connection.js";

/** A node found by service discovery may have more fields; they are ignored. */
const node: Rule = (value, path) => {
  const { host, port } = (value ?? {}) as Partial<RedisNode>;
  return object(value, path) ?? text(host, `${path}.host`) ?? count(port, `${path}.port`);
};
const nodes = list(node);

const tls: Rule = (value, path) =>
  typeof value === "boolean" || object(value, path) === undefined
    ? undefined
    : fault(path, `expected true or an object, got ${kindOf(value)}.`, "Write true, or the options of tls.connect.");

const connection = shape<RedisConnectionOptions>(
  {
    url: secret,
    host: text,
    port: count,
    username: text,
    password: secret,
    db: count,
    tls,
    nodes,
    sentinels: nodes,
    masterName: text,
    sentinelPassword: secret,
    client: part<RedisClient>({ what: "an ioredis client", example: "new Redis()", methods: ["defineCommand"] }),
    namespace: text,
    commandMs: positive,
    clock,
    logger,
  },
  { fix: 'Write e.g. { url: "redis://localhost:6379" }.' },
);

/** @param place - the factory whose options these are, for example `redisCache` @throws `invalid_option` */
export function checkConnection(options: RedisConnectionOptions, place: string): void {
  checkOptions(options, connection, place);
}
