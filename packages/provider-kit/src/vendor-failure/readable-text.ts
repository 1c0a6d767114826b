import { textOf } from "./failure-words.js";

/** More of a page than this is not searched for its title, in characters. */
const longestHead = 65_536;
/** What is shown of a body that is plain text. */
const longestPlain = 500;

/** The title of an HTML page; `undefined` when the text is not one, or has none. */
export function pageTitle(text: string): string | undefined {
  const title = /<title[^<>]{0,200}>(?<title>[^<]{1,1000})<\/title>/iu.exec(text.slice(0, longestHead));
  return textOf(title?.groups?.["title"]?.replaceAll(/\s+/gu, " "));
}

/** What a person can read of a body that is not JSON: a short text, or a page's title. */
export function readableText(body: string): string | undefined {
  return pageTitle(body) ?? (body.includes("<") ? undefined : textOf(body.trim().slice(0, longestPlain)));
}
