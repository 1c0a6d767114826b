import type { Path } from "./path.js";

/** Matches settings whose value is a secret. */
const secretKey = /(?:^|_)(?:key|keys|secret|token|password)$/iu;

/** Texts that examples and templates show in place of a key, in lower case. */
const placeholders: readonly RegExp[] = [
  // <key>, [your key], {API_KEY}.
  /^<.*>$|^\[.*\]$|^\{.*\}$/su,
  // sk-..., sk-xxxx, sk-ant-****, xxx.
  /(?:\.{3,}|\u2026)$/u,
  /^[\w-]*(?:\*{3,}|x{3,})$/u,
  // your-key, YOUR_OPENAI_API_KEY, sk-your-key-here.
  /^(?:[a-z]{2,4}[-_])?your(?:[-_ ][\w-]*)?[-_ ]?(?:key|token|secret|password)\b/u,
  /^your[-_ ][\w -]*$/u,
  /^(?:insert|enter|replace|paste|put|add|fill)[-_ ](?:in[-_ ])?(?:your|me|this|with|the|here|key|api)\b/u,
  /[-_ ]here$/u,
  /^(?:change[-_ ]?(?:me|this|it)|replace[-_ ]?me|to[-_ ]?do|tbd|fixme|placeholder)\b/u,
];

/** Matches the name of a variable that was written where a reference to it was meant. */
const variableName = /^[A-Z][A-Z\d]*(?:_[A-Z\d]+)*_(?:KEY|TOKEN|SECRET|PASSWORD)(?:_\d+)?$/u;

/** Whether this path leads to a secret. */
export function isSecretPath(path: Path): boolean {
  return secretKey.test(path.findLast((part) => typeof part === "string") ?? "");
}

/**
 * The warning about a secret that was copied from an example, or `undefined` if it looks genuine.
 * @param from - the environment variable that supplied the text, if one did
 */
export function placeholderProblem(text: string, from: string | undefined): string | undefined {
  const written = text.trim();
  const lower = written.toLowerCase();
  // No placeholder is this long, but keys are.
  if (written.length > 60) return undefined;
  if (!placeholders.some((pattern) => pattern.test(lower.replaceAll("_", "-"))) && !variableName.test(written))
    return undefined;
  if (from !== undefined) return `the environment variable ${from} holds a placeholder, not a key. Set it to the key.`;
  const name = variableName.test(written) && !lower.startsWith("your") ? written : "NAME";
  return `this looks like a placeholder, not a key. Write os.environ/${name}${name === "NAME" ? " and set that variable" : ""}.`;
}
