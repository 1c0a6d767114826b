/** Comes before the unique part of an id. Ends with the version of the form. */
const mark = "mdy0";
const form = /_mdy0[\da-z]{1,11}[\da-f]{12}$/u;
/** Digits of chance, so that processes that start at the same time differ, and nobody can guess an id that stands for an answer. */
const chance = 12;

/**
 * The unique end of an id that we give to a translated answer.
 * @param now - milliseconds since the Unix epoch
 * @param random - at least twelve hexadecimal digits of chance
 */
export function translatedIdEnd(now: number, random: string): string {
  return `${mark}${Math.floor(now).toString(36)}${random.slice(-chance)}`;
}

/** Whether we gave this id to an answer that was translated from another API, so that no vendor stores it. */
export function isTranslatedId(id: string): boolean {
  return id.includes(mark) && form.test(id);
}
