import { showName } from "./path.js";

/** What to do about the mistakes that the parser reports most often, in place of its own words. */
const sentences: readonly (readonly [RegExp, string])[] = [
  [/^Tabs are not allowed as indentation/u, "this line is indented with a tab. Use spaces."],
  [
    /^All mapping items must start at the same column/u,
    "this line is indented differently from the other keys of its mapping. Indent it as they are.",
  ],
  [
    /^All sequence items must start at the same column/u,
    "this line is indented differently from the other items of its list. Indent it as they are.",
  ],
  [
    /^Sequence item without - indicator/u,
    'this line is indented like the items of a list, but does not begin with "- ". If it belongs to the item above, indent it like the other keys of that item.',
  ],
  [
    /^Nested mappings are not allowed in compact mappings/u,
    "this value looks like another key. Write it on a new line with more indentation, or put it in quotes.",
  ],
  [
    /^Implicit (?:map )?keys? need to be (?:on a single line|followed by map values)/u,
    "expected `key: value`. Add the colon.",
  ],
];

/**
 * Says what is wrong with the YAML, and how to fix it. Never quotes the source text, as some of the parser's messages do: it may be a
 * secret, or come from a file that was included by mistake.
 */
export function yamlProblem(message: string): string {
  const known = sentences.find(([pattern]) => pattern.test(message));
  if (known !== undefined) return known[1];
  const [line = ""] = message.split("\n");
  return showName(line.replace(/: ["|>].*$/u, "."));
}
