/**
 * The `data` of each event in whole server-sent events. Plain on purpose: what is handed on must be readable for
 * anybody. Source: WHATWG HTML, "Server-sent events".
 */
export function readEvents(bytes: Uint8Array | string | undefined): readonly string[] {
  if (bytes === undefined) return [];
  const text = typeof bytes === "string" ? bytes : new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  return text
    .replaceAll("\r\n", "\n")
    .split("\n\n")
    .map((event) =>
      event
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.replace(/^data: ?/u, ""))
        .join("\n"),
    )
    .filter((data) => data !== "");
}
