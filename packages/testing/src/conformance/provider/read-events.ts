/**
 * The `data` of each event in complete server-sent events. Deliberately simple, since any client must be able to read the
 * bytes that a provider passes on. Source: WHATWG HTML, "Server-sent events".
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
