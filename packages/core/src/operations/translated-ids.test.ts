import { describe, expect, it } from "vitest";
import { isTranslatedId, translatedIdEnd } from "./translated-ids.js";

describe("the id of a translated answer", () => {
  it.each([0, 1.5, 1_796_000_000_000])("is recognized, with and without the vendor's own, at the time %s", (now) => {
    const end = translatedIdEnd(now, "0123456789abcdef0123456789abcdef");
    expect([`resp_${end}`, `resp_01Abc-d_${end}`].map(isTranslatedId)).toEqual([true, true]);
  });

  it.each(["", "resp_1", "resp_68af40920034819f0123456789abcdef0123456789abcdef", "resp_mdy0", "mdy0l0123456789ab"])(
    "is not %j",
    (id) => {
      expect(isTranslatedId(id)).toBe(false);
    },
  );
});
