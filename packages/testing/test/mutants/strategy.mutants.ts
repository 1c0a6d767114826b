import type { Candidate, Strategy, StrategyEvent } from "@modelyard/core";
import { isJsonObject, oneOf } from "@modelyard/core/kit";
import { describeStrategy } from "../../src/conformance/strategy.js";

const lot: Strategy["pick"] = (candidates, context) => oneOf(candidates, context.random);

/** A strategy that picks the lowest number and shares among equals. It learns one number per index. */
function learning(learn: (known: number | undefined, event: StrategyEvent) => number | undefined, of = 0) {
  return (): Strategy => {
    const known: (number | undefined)[] = [];
    return {
      name: "learning",
      pick: (candidates, context) => {
        const score = ({ index }: Candidate): number => known[index] ?? of;
        const least = Math.min(...candidates.map(score));
        return oneOf(
          candidates.filter((candidate) => score(candidate) === least),
          context.random,
        );
      },
      observe: (event) => {
        known[event.index] = learn(known[event.index], event);
      },
    };
  };
}

const with_ = (parts: Partial<Strategy>) => (): Strategy => ({ name: "lot", pick: lot, ...parts });
const later = Object.assign({}, { observe: (): unknown => Promise.resolve() });
const nothing = (): void => undefined;
const onlyObjects = (value: unknown): void => {
  if (typeof value !== "object" || value === null) throw new TypeError("what is this?");
};
const at = (candidates: readonly Candidate[], position: number): Candidate =>
  candidates[position % candidates.length] as Candidate;

const wrong: Readonly<Record<string, () => Strategy>> = {
  "the first": with_({ pick: (candidates) => candidates[0] }),
  "the last": with_({ pick: (candidates) => at(candidates, candidates.length - 1) }),
  "by the clock": with_({ pick: (candidates) => at(candidates, Date.now()) }),
  "by the date": with_({
    pick: (candidates, context) => (Date.now() < 0 ? candidates[0] : lot(candidates, context)),
  }),
  "by its own random numbers": with_({
    pick: (candidates) => at(candidates, Math.floor(Math.random() * candidates.length)),
  }),
  "by random bytes": with_({ pick: (candidates) => at(candidates, crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) }),
  "a copy": with_({ pick: (candidates, context) => ({ ...(lot(candidates, context) as Candidate) }) }),
  "no candidate": with_({ pick: () => undefined as never }),
  "reverses the list": with_({
    pick: (candidates, context) => {
      if (!Object.isFrozen(candidates)) (candidates as unknown as Candidate[]).reverse();
      return lot(candidates, context);
    },
  }),
  "changes a candidate": with_({
    pick: (candidates, context) => {
      Object.assign(candidates[0], { inFlight: 9 });
      return lot(candidates, context);
    },
  }),
  "changes the request": with_({
    pick: (candidates, context) => {
      Object.assign(context.request, { model: "other" });
      return lot(candidates, context);
    },
  }),
  "changes events": with_({
    observe: (event) => {
      Object.assign(event, { at: 0 });
    },
  }),
  "compares all with all": with_({
    pick: (candidates, context) => {
      let sum = 0;
      for (const one of candidates) for (const other of candidates) sum += one.inFlight - other.inFlight;
      return sum === 0 ? lot(candidates, context) : candidates[0];
    },
  }),
  "observes later": with_(later),
  "throws for unknown deployments": with_({
    observe: ({ index }) => {
      if (index > 10) throw new Error("unknown deployment");
    },
  }),
  "throws for first tokens": with_({
    observe: ({ type }) => {
      if (type === "attempt_first_token") throw new Error("unknown event");
    },
  }),
  "loses half of what it learned": () => {
    const seen = { answers: 0, starts: 0 };
    return {
      name: "forgetful",
      pick: (candidates) => at(candidates, seen.answers + seen.starts),
      observe: ({ type }) => {
        if (type === "attempt_started") seen.starts += 1;
        if (type === "attempt_succeeded") seen.answers += 5;
      },
      snapshot: () => ({ starts: seen.starts }),
      restore: (snapshot) => {
        if (isJsonObject(snapshot) && typeof snapshot["starts"] === "number") seen.starts = snapshot["starts"];
      },
    };
  },
  "loses its turn": () => {
    let turn = 0;
    return {
      name: "turns",
      pick: (candidates) => {
        turn += 1;
        return at(candidates, turn);
      },
      snapshot: () => ({}),
      restore: nothing,
    };
  },
  "a name with a space": with_({ name: "my own" }),
  "no name": with_({ name: "" }),
  "an empty sentence": with_({ review: () => [""] }),
  "an empty message": with_({ review: () => [{ kind: "odd", message: "" }] }),
  "an empty kind": with_({ review: () => [{ kind: "", message: "It is odd." }] }),
  "gives a share to some candidates only": with_({ spreads: () => [1] }),
  "gives negative shares": with_({ spreads: (candidates) => candidates.map(() => -1) }),
  "gives the first candidate a larger share": with_({
    spreads: (candidates) => candidates.map((_, index) => (index === 0 ? 2 : 1)),
  }),
  "snapshot alone": with_({ snapshot: () => ({}) }),
  "delta alone": with_({ delta: nothing }),
  "a snapshot that is not JSON": with_({ snapshot: () => new Map([["a", 1]]), restore: nothing }),
  "delta() that is not JSON": with_({ delta: () => new Map([["a", 1]]), merge: nothing }),
  "returns the same from delta() again": with_({ delta: () => ({ a: 1 }), merge: nothing }),
  "restores objects only": with_({ snapshot: () => ({}), restore: onlyObjects }),
  "merges objects only": with_({ delta: nothing, merge: onlyObjects }),
  "prefers deployments that fail": learning((known = 0, { type }) => (type === "attempt_failed" ? known - 1 : known)),
  "takes fast failures for low latency": learning((known, event) =>
    event.type === "attempt_failed" || event.type === "attempt_succeeded" ? event.durationMs : known,
  ),
  "prefers deployments whose callers abort": learning((known = 0, { type }) =>
    type === "attempt_aborted" ? known - 1 : known,
  ),
  "avoids deployments whose callers abort": learning((known = 0, { type }) =>
    type === "attempt_aborted" ? known + 1 : known,
  ),
  "tracks indexes instead of deployments": learning((known, event) =>
    event.type === "attempt_succeeded" ? event.durationMs : known,
  ),
  "remembers its first pick": () => {
    let kept: Candidate | undefined;
    return {
      name: "sticky",
      pick: (candidates, context) => {
        kept ??= oneOf(candidates, context.random);
        return kept;
      },
    };
  },
};

describeStrategy("right: at random", { create: with_({}) });
describeStrategy("right: fewest in flight", {
  create: with_({
    pick: (candidates, context) => {
      const fewest = Math.min(...candidates.map(({ inFlight }) => inFlight));
      return oneOf(
        candidates.filter(({ inFlight }) => inFlight === fewest),
        context.random,
      );
    },
  }),
});
/** Loses what it remembers when the configuration changes, which the contract allows. */
describeStrategy("right: takes turns and has no snapshot", {
  create: () => {
    let turn = 0;
    return {
      name: "turns",
      pick: (candidates) => {
        turn += 1;
        return at(candidates, turn);
      },
    };
  },
});
for (const [name, create] of Object.entries(wrong)) describeStrategy(`wrong: ${name}`, { create });
