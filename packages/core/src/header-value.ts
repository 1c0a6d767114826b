/**
 * The longest key, in characters. Identity providers' tokens have a few thousand; servers accept headers of 8 to 16 KB.
 */
const longestKey = 16_384;
/** RFC 9110, section 5.6.2: `token`. */
const headerName = /^[\w!#$%&'*+.^`|~-]+$/u;

/** What is wrong with a header name, or `undefined` if it is valid. */
export function headerNameProblem(name: string): string | undefined {
  return headerName.test(name) ? undefined : "it is not a valid header name.";
}

/**
 * What is wrong with a header value, or `undefined` if it is valid. A line break in it would begin another header.
 * Spaces and line breaks around it are harmless, because providers trim them.
 * @param highest - the highest allowed character code, since HTTP sends one byte for each character
 */
export function headerValueProblem(value: string, highest = 0xff): string | undefined {
  const text = value.trim();
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 13 || code === 10) return "it contains a line break.";
    if ((code < 32 && code !== 9) || code === 127) return "it contains a control character.";
    if (code > highest) return "it contains a character that cannot be sent in a header.";
  }
  return undefined;
}

/**
 * What is wrong with an API key that is sent in a header, or `undefined` if it is valid. Keys are ASCII and of bounded
 * length.
 */
export function keyProblem(key: string): string | undefined {
  if (key.length > longestKey) return `it is longer than ${String(longestKey)} characters.`;
  return headerValueProblem(key, 0x7e);
}
