const dayMs = 86_400_000;

/** Milliseconds since midnight in a time zone, by its local time. */
function sinceMidnight(timeZone: string, now: number): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(now);
  const read = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return read("hour") * 3_600_000 + read("minute") * 60_000 + read("second") * 1_000 + (now % 1_000);
}

/** Milliseconds until the next midnight there. Wrong by an hour on the two days a year when clocks change. */
export function untilMidnight(timeZone: "America/Los_Angeles" | "UTC", now: number): number {
  return dayMs - (timeZone === "UTC" ? now % dayMs : sinceMidnight(timeZone, now));
}
