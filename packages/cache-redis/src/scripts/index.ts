import { beat } from "./beat.js";
import { bench } from "./bench.js";
import { benches } from "./benches.js";
import { cached } from "./cached.js";
import { extend } from "./extend.js";
import { lease } from "./lease.js";
import { reserve } from "./reserve.js";
import { settle } from "./settle.js";
import { unbench } from "./unbench.js";
import { used } from "./used.js";

/** Each script is one atomic step. `keys` is its number of keys, all of which are in one hash slot. */
export const scripts = {
  reserve: { keys: 3, lua: reserve },
  settle: { keys: 3, lua: settle },
  extend: { keys: 3, lua: extend },
  used: { keys: 2, lua: used },
  lease: { keys: 2, lua: lease },
  bench: { keys: 2, lua: bench },
  unbench: { keys: 2, lua: unbench },
  benches: { keys: 2, lua: benches },
  beat: { keys: 3, lua: beat },
  cached: { keys: 1, lua: cached },
} as const;

export type ScriptName = keyof typeof scripts;
