import { boundedWait, type WaitMs } from "@modelyard/core/kit";

/** Only the beginning of a message is searched for waits, so that long messages take no longer. In characters. */
const longestText = 2_000;
/** How many places that announce a wait are read. */
const mostPlaces = 8;

/** The words before a wait or a time: "try again in", "retry after", "replenished in", "regain access on". */
const announcement =
  /\b(?:try again|retry(?: your request| the request| again)?|retrying|wait(?:ing)?|resets?|replenished|renewed|available(?: again)?|regain access)(?: in| after| for| at| on| until)?:? (?:about |approximately |at least |another |~ ?)?/giu;

const amount = /(?<count>\d{1,12}(?:\.\d{1,12})?) ?(?<unit>[a-z]{1,12})(?:,? and |, ?| )?/iuy;

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  msec: 1,
  msecs: 1,
  millisecond: 1,
  milliseconds: 1,
  s: 1_000,
  sec: 1_000,
  secs: 1_000,
  second: 1_000,
  seconds: 1_000,
  m: 60_000,
  min: 60_000,
  mins: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hrs: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
};

/** A date and a time with their zone. Without a zone, the time is ambiguous. */
const dateTime =
  /(?<date>\d{4}-\d\d-\d\d)(?:T| (?:at )?)(?<time>\d\d:\d\d(?::\d\d)?)(?:\.\d{1,9})? ?(?<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)/iuy;
const timeOfDay = /(?<hours>\d\d?):(?<minutes>\d\d)(?::(?<seconds>\d\d))? ?(?:Z|UTC|GMT)\b/iuy;

/** `1m30s`, `6m0s`, `2 hours and 5 minutes`, `20.04s`; `undefined` if no duration begins at `at`. */
function durationAt(text: string, at: number): number | undefined {
  amount.lastIndex = at;
  let sum: number | undefined;
  for (;;) {
    const found = amount.exec(text)?.groups;
    const unit = unitMs[found?.["unit"]?.toLowerCase() ?? ""];
    if (found === undefined || unit === undefined) return sum;
    sum = (sum ?? 0) + Number(found["count"]) * unit;
  }
}

function instantAt(text: string, at: number, now: number): number | undefined {
  dateTime.lastIndex = at;
  const found = dateTime.exec(text)?.groups;
  if (found !== undefined) {
    const zone = found["zone"] ?? "Z";
    const offset = /^[+-]/u.test(zone) ? zone : "Z";
    const until = Date.parse(`${String(found["date"])}T${String(found["time"])}${offset}`);
    return Number.isNaN(until) ? undefined : Math.max(0, until - now);
  }
  timeOfDay.lastIndex = at;
  const clock = timeOfDay.exec(text)?.groups;
  if (clock === undefined) return undefined;
  const { hours = "0", minutes = "0", seconds = "0" } = clock;
  const dayMs = 86_400_000;
  const wanted = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1_000;
  return (((wanted - (now % dayMs)) % dayMs) + dayMs) % dayMs;
}

/**
 * The wait that a vendor's sentence asks for, as in "Please try again in 6m0s", "Please retry after 60 seconds" or
 * "You will regain access on 2026-02-01 at 00:00 UTC". `undefined` if it asks for none.
 * @param now - milliseconds since the Unix epoch
 */
export function waitInText(message: string | undefined, now: number): WaitMs | undefined {
  if (message === undefined) return undefined;
  const text = message.slice(0, longestText).replaceAll(/\s+/gu, " ");
  let places = 0;
  for (const found of text.matchAll(announcement)) {
    const at = found.index + found[0].length;
    const ms = instantAt(text, at, now) ?? durationAt(text, at);
    if (ms !== undefined) return boundedWait(ms);
    places += 1;
    if (places === mostPlaces) return undefined;
  }
  return undefined;
}
