import type { ChatCompletion, ChatCompletionChunk, RouterError, Surface } from "@modelyard/core";
import {
  createError,
  isJsonObject,
  type StreamPart,
  type StreamWriter,
  type SurfaceAnswer,
  type SurfaceCall,
} from "@modelyard/core/kit";
import { describeSurface, type SurfaceExample } from "../../src/conformance/surface.js";

/** A line-based wire: requests are `model\nprompt`, answers are text, and each piece of a stream starts with `> `. */
const decoder = new TextDecoder("utf-8", { fatal: true });

const bad = (): Error => createError({ kind: "bad_request", message: "Write a model, a line break and a prompt." });

function lines(body: Uint8Array): readonly [string, string] {
  let text = "";
  try {
    text = decoder.decode(body);
  } catch {
    throw bad();
  }
  const [model, prompt] = text.split("\n", 2);
  if (model === undefined || model.trim() === "" || prompt === undefined || !/^[\w-]+$/u.test(model)) throw bad();
  return [model, prompt];
}

function read(body: Uint8Array): SurfaceCall {
  const [model, prompt] = lines(body);
  return { request: { model, messages: [{ role: "user", content: prompt }] }, context: "a context" };
}

const headers = { "content-type": "text/plain" };

function contentOf(value: unknown): string {
  return String((value as ChatCompletion).choices[0]?.message.content);
}

function pieceOf(part: StreamPart): string {
  const text = (part.chunks as readonly ChatCompletionChunk[])
    .map(({ choices }) => choices[0]?.delta.content ?? "")
    .join("");
  return text === "" ? "" : `> ${text}\n`;
}

const writer: StreamWriter = {
  contentType: "text/plain",
  ping: "\n",
  part: pieceOf,
  end: () => "the end\n",
  error: ({ message }) => `! ${message}\n`,
};

const right: Surface = {
  name: "lines",
  keyHeaders: ["x-line-key"],
  routes: [
    { method: "POST", path: "/lines", aliases: ["/{model}/lines"], operation: "chat" },
    { method: "GET", path: "/lines/{name...}", answer: () => ({ status: 200, headers, body: "" }) },
    {
      method: "GET",
      path: "/lines/{name...}",
      accepts: () => false,
      answer: () => ({ status: 200, headers, body: "" }),
    },
  ],
  read,
  write: ({ value }) => ({ status: 200, headers, body: contentOf(value) }),
  writeError: ({ status, message }) => ({ status, headers, body: message }),
  events: () => writer,
};

const textOf = ({ body }: SurfaceAnswer): string => (typeof body === "string" ? body : new TextDecoder().decode(body));

const example: SurfaceExample = {
  name: "a prompt",
  path: "/lines",
  body: "gpt-4\nonce",
  request: { model: "gpt-4", messages: [{ role: "user", content: "once" }] },
  readAnswer: textOf,
  readStream: (bytes) => {
    const all = new TextDecoder().decode(bytes).split("\n");
    return {
      text: all.flatMap((line) => (line.startsWith("> ") ? [line.slice(2)] : [])).join(""),
      whole: all.includes("the end"),
      error: all.find((line) => line.startsWith("! "))?.slice(2),
    };
  },
};
const setup = { examples: [example], readError: textOf };

const [call, list] = right.routes;
const withRoutes = (...routes: readonly unknown[]): Partial<Surface> => ({ routes: routes as Surface["routes"] });
const reads = (change: (body: Uint8Array) => unknown): Partial<Surface> => ({ read: change as Surface["read"] });
const writes = (change: (answer: SurfaceAnswer) => SurfaceAnswer): Partial<Surface> => ({
  write: async (outcome, context) => change(await right.write(outcome, context)),
});
const errors = (change: (error: RouterError) => Partial<SurfaceAnswer>): Partial<Surface> => ({
  writeError: (error, callId) => ({ ...right.writeError(error, callId), ...change(error) }),
});
const streams = (change: Partial<StreamWriter>): Partial<Surface> => ({ events: () => ({ ...writer, ...change }) });

let count = 0;
const written: string[] = [];

const wrong: Readonly<Record<string, Partial<Surface>>> = {
  "a name with a space": { name: "my lines" },
  "no call route": withRoutes(list),
  "an operation that is not there": withRoutes({ ...call, operation: "lines" }),
  "a longest body of 0 bytes": withRoutes({ ...call, maxRequestBytes: 0 }),
  "a method in lower case": withRoutes({ ...call, method: "post" }),
  "a path without a slash": withRoutes({ ...call, aliases: ["lines"] }),
  "a path that is a pattern": withRoutes({ ...call, aliases: ["/lines/*"] }),
  "a placeholder of several segments in the middle": withRoutes({ ...call, aliases: ["/{a...}/lines"] }),
  "the same route twice": withRoutes(call, list, list),
  "an alias like its path": withRoutes({ ...call, aliases: ["/lines"] }),
  "a route that answers nothing": withRoutes(call, { ...list, answer: undefined }),
  "a route that does not say what it accepts": withRoutes(call, { ...list, accepts: () => undefined }),
  "a route that needs a header": withRoutes(call, {
    ...list,
    accepts: ({ header }: { header: (name: string) => string }) => header("x-lines").length > 0,
  }),
  "a key's header in capitals": { keyHeaders: ["X-Line-Key"] },
  "the usual header for keys": { keyHeaders: ["authorization"] },
  "another model": reads((body) => ({ request: { ...read(body).request, model: "another" } })),
  "undefined in a request": reads((body) => ({ request: { ...read(body).request, stream: undefined } })),
  "by earlier requests": reads((body) => {
    count += 1;
    return { request: { ...read(body).request, seed: count } };
  }),
  "changes the body": reads((body) => {
    const given = read(body);
    body.fill(0);
    return given;
  }),
  "a text with other content": reads((body) => ({ ...read(body), requestText: '{"model": "another"}' })),
  "an option that the gateway sets": reads((body) => ({ ...read(body), options: { callId: "mine" } })),
  "a TypeError": reads((body) => {
    if (body.length === 0) throw new TypeError("x is not a function");
    return read(body);
  }),
  "an internal error": reads((body) => {
    if (body.length === 0) throw createError({ kind: "internal_server", message: "It broke." });
    return read(body);
  }),
  "an error that quotes the body": reads((body) => {
    try {
      return read(body);
    } catch {
      throw createError({ kind: "bad_request", message: `What is ${new TextDecoder().decode(body)}?` });
    }
  }),
  "an error without a message": reads((body) => {
    if (body.length === 0) throw createError({ kind: "bad_request", message: "" });
    return read(body);
  }),
  "a request that is not an object": reads((body) => (body.length === 0 ? { request: [] } : read(body))),
  "a 201": writes((answer) => ({ ...answer, status: 201 })),
  "no content type": writes((answer) => ({ ...answer, headers: {} })),
  "a length": writes((answer) => ({ ...answer, headers: { ...headers, "content-length": "5" } })),
  "a header in capitals": writes((answer) => ({ ...answer, headers: { ...headers, "X-Lines": "5" } })),
  "a header of two lines": writes((answer) => ({ ...answer, headers: { ...headers, "x-lines": "5\n6" } })),
  "no body": writes((answer) => ({ ...answer, body: undefined })),
  "a body that is JSON": writes((answer) => ({ ...answer, body: { answer } as never })),
  "the vendor's bytes": { write: ({ bytes, value }) => ({ status: 200, headers, body: bytes ?? contentOf(value) }) },
  "the answer before": {
    write: ({ value }) => {
      written.push(contentOf(value));
      return { status: 200, headers, body: written.at(-2) ?? contentOf(value) };
    },
  },
  "no context": {
    write: (outcome, context) => {
      if (context !== "a context") return right.write(outcome, context);
      throw new Error("unexpected context");
    },
  },
  "an error that needs a call": {
    writeError: (error, callId) => ({
      ...right.writeError(error, callId),
      ...(callId === undefined ? { body: "" } : {}),
    }),
  },
  "an error that is a 200": errors(() => ({ status: 200 })),
  "an error of another status": errors(({ status }) => ({ status: status === 429 ? 503 : status })),
  "an error without its message": errors(() => ({ body: "It failed." })),
  "an error with its cause": errors((error) => ({ body: `${error.message}\n${String(error.cause)}` })),
  "an error with a cause in a header": errors(({ cause }) => ({ headers: { ...headers, "x-cause": String(cause) } })),
  "a stream without a type": streams({ contentType: "" }),
  "a stream without its end mark": streams({ end: () => undefined }),
  "an end mark that the vendor's mark makes": streams({
    part: (part) => pieceOf(part) + (part.done ? "the end\n" : ""),
  }),
  "an end mark after a failure": streams({ error: ({ message }) => `! ${message}\nthe end\n` }),
  "a failure without its message": streams({ error: () => "! broken\n" }),
  "a failure with its cause": streams({ error: ({ message, cause }) => `! ${message}\n? ${String(cause)}\n` }),
  "a ping that is read as text": streams({ ping: "> ping\n" }),
  "a ping that ends the stream": streams({ ping: "the end\n" }),
  "parts as objects": streams({ part: (part) => ({ text: pieceOf(part) }) as never }),
  "the vendor's events": streams({ part: (part) => part.bytes ?? pieceOf(part) }),
  "texts that are held back until the end": {
    events: () => {
      let all = "";
      return {
        ...writer,
        part: (part) => {
          all += pieceOf(part);
          return undefined;
        },
        end: () => `${all}the end\n`,
      };
    },
  },
  "one state for all streams": (() => {
    let begun = 0;
    const part = (one: StreamPart): string => {
      const piece = pieceOf(one);
      if (piece !== "") begun += 1;
      // Only the first stream gets all its texts.
      return begun > 3 ? "" : piece;
    };
    return { events: () => ({ ...writer, part }) };
  })(),
};

describeSurface("right: a surface", { ...setup, create: () => right });
/** A similar surface in JSON. @param passesOn - whether `read` returns the text of a body */
function readsJson(passesOn: (text: string) => boolean): Surface["read"] {
  return (body) => {
    let text = "";
    let value: unknown;
    try {
      text = decoder.decode(body);
      value = JSON.parse(text);
    } catch {
      throw bad();
    }
    if (!isJsonObject(value)) throw bad();
    return { request: value, context: "a context", ...(passesOn(text) ? { requestText: text } : {}) };
  };
}

const jsonSetup = { ...setup, examples: [{ ...example, body: JSON.stringify(example.request) }] };
describeSurface("right: a surface of JSON", {
  ...jsonSetup,
  create: () => ({ ...right, read: readsJson((text) => text.split('"model"').length === 2) }),
});
describeSurface("wrong: the body as it came, of a key that stands twice", {
  ...jsonSetup,
  create: () => ({ ...right, read: readsJson(() => true) }),
});
describeSurface("wrong: a route without an example", {
  ...setup,
  create: () => ({ ...right, routes: [...right.routes, { method: "POST", path: "/more", operation: "chat" }] }),
});
describeSurface("wrong: a status other than the wire's", {
  ...setup,
  create: () => right,
  statuses: { overloaded: 529 },
});
for (const [name, change] of Object.entries(wrong))
  describeSurface(`wrong: ${name}`, { ...setup, create: () => ({ ...right, ...change }) });
