import { createError } from "@modelyard/core/kit";

const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

function bad(message: string): Error {
  return createError({ kind: "bad_request", message });
}

/** The text of the file in an uploaded form, as far as tests need one. @throws `bad_request` */
export function uploadedText(body: Uint8Array, contentType: string | undefined): string {
  const boundary = /^multipart\/form-data; *boundary="?(?<boundary>[\w-]{1,70})"?$/u.exec(contentType ?? "")?.groups;
  if (boundary === undefined) throw bad("Send the file as multipart/form-data.");
  // One character per byte, so that indexes in the text are those of the bytes.
  const text = Array.from(body, (byte) => String.fromCharCode(byte)).join("");
  const mark = `--${boundary["boundary"] ?? ""}`;
  const part = text.split(`${mark}\r\n`).find((one) => /name="file"/u.test(one.slice(0, 500)));
  const from = part?.indexOf("\r\n\r\n") ?? -1;
  const to = part?.lastIndexOf(`\r\n${mark}`) ?? -1;
  if (part === undefined || from === -1) throw bad('The form has no field "file".');
  if (to === -1 && !text.endsWith(`${mark}--\r\n`)) throw bad("The form breaks off.");
  const start = text.indexOf(part) + from + 4;
  const length = (to === -1 ? part.length - 2 : to) - from - 4;
  try {
    return decoder.decode(body.subarray(start, start + length));
  } catch {
    throw bad("The file is not UTF-8.");
  }
}

/** A form with one file, and bytes before it that are not UTF-8. */
export function uploadOf(text: string): { readonly body: Uint8Array; readonly contentType: string } {
  const boundary = "a-boundary";
  const before = encoder.encode(`--${boundary}\r\ncontent-disposition: form-data; name="noise"\r\n\r\n`);
  const file = `\r\n--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n${text}`;
  const after = encoder.encode(`${file}\r\n--${boundary}--\r\n`);
  const body = new Uint8Array([...before, 0xff, 0x00, 0xfe, ...after]);
  return { body, contentType: `multipart/form-data; boundary=${boundary}` };
}
