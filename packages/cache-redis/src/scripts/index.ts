import { beat } from "./beat.js";
import { startCooldown } from "./start-cooldown.js";
import { cooldowns } from "./cooldowns.js";
import { cached } from "./cached.js";
import { extend } from "./extend.js";
import { lease } from "./lease.js";
import { reserve } from "./reserve.js";
import { settle } from "./settle.js";
import { endCooldown } from "./end-cooldown.js";
import { used } from "./used.js";

/** Each script is one atomic step. `keys` is its number of keys, all of which are in one hash slot. */
export const scripts = {
  reserve: { keys: 3, lua: reserve },
  settle: { keys: 3, lua: settle },
  extend: { keys: 3, lua: extend },
  used: { keys: 2, lua: used },
  lease: { keys: 2, lua: lease },
  startCooldown: { keys: 2, lua: startCooldown },
  endCooldown: { keys: 2, lua: endCooldown },
  cooldowns: { keys: 2, lua: cooldowns },
  beat: { keys: 3, lua: beat },
  cached: { keys: 1, lua: cached },
} as const;

export type ScriptName = keyof typeof scripts;
