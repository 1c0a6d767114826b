import { textOf } from "./failure-words.js";

/** How much of a page is searched for its title, in characters. */
const longestHead = 65_536;
/** How much of a plain text body is shown, in characters. */
const longestPlain = 500;

/** The title of an HTML page; `undefined` if the text is not a page or has no title. */
export function pageTitle(text: string): string | undefined {
  const title = /<title[^<>]{0,200}>(?<title>[^<]{1,1000})<\/title>/iu.exec(text.slice(0, longestHead));
  return textOf(title?.groups?.["title"]?.replaceAll(/\s+/gu, " "));
}

/** The readable part of a body that is not JSON: a short text, or a page's title. */
export function readableText(body: string): string | undefined {
  return pageTitle(body) ?? (body.includes("<") ? undefined : textOf(body.trim().slice(0, longestPlain)));
}
