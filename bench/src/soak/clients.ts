/** What clients do with a proxy, and the outcomes that they report. */
export interface World {
  readonly origin: string;
  readonly random: () => number;
}

/** Model groups; `good` is the most frequent. */
const groups = ["good", "good", "flaky", "told", "limited"] as const;

function pick<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)] as Item;
}

function send({ origin }: World, path: string, body: string, signal?: AbortSignal): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(origin + path, { method: "POST", headers, body, ...(signal === undefined ? {} : { signal }) });
}

function question({ random }: World, more: object = {}): string {
  const messages = [{ role: "user", content: `question ${String(Math.floor(random() * 500))}` }];
  return JSON.stringify({ model: pick(groups, random), messages, ...more });
}

/** Checks that a failure has a message, and is not an internal error of the proxy. */
function checkError(status: number, text: string): void {
  const { error } = JSON.parse(text) as { readonly error?: { readonly message?: unknown } };
  if (typeof error?.message !== "string") throw new TypeError(`${String(status)} without a message`);
  if (/internal (?:router |gateway )?error/iu.test(error.message)) throw new Error(error.message);
}

async function plain(world: World, signal?: AbortSignal): Promise<string> {
  const response = await send(world, "/v1/chat/completions", question(world), signal);
  const text = await response.text();
  if (response.status !== 200) checkError(response.status, text);
  return `plain ${String(response.status)}`;
}

async function stream(world: World, mostPieces: number): Promise<string> {
  const body = question(world, { stream: true, stream_options: { include_usage: true } });
  const response = await send(world, "/v1/chat/completions", body);
  if (response.status !== 200 || response.body === null) {
    checkError(response.status, await response.text());
    return `stream ${String(response.status)}`;
  }
  const decoder = new TextDecoder();
  let pieces = 0;
  let last = "";
  for await (const piece of response.body) {
    pieces += 1;
    last = (last + decoder.decode(piece, { stream: true })).slice(-2_000);
    if (pieces >= mostPieces) return "stream abandoned";
  }
  if (last.endsWith("data: [DONE]\n\n")) return "stream complete";
  if (last.includes('data: {"error"')) return "stream broke";
  throw new Error(`a stream ended without an end mark or an error: ${last.slice(-200)}`);
}

async function aborted(world: World): Promise<string> {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort();
  }, world.random() * 60);
  try {
    return await plain(world, controller.signal);
  } catch (error) {
    if (controller.signal.aborted) return "aborted";
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function other(world: World, path: string, body: string): Promise<string> {
  const response = await send(world, path, body);
  await response.text();
  return `other ${String(response.status)}`;
}

/**
 * Makes one random call.
 * @returns the outcome in a word or two
 * @throws if the response was neither an answer nor a proper error
 */
export function act(world: World): Promise<string> {
  const { random } = world;
  const dice = random();
  if (dice < 0.4) return plain(world);
  if (dice < 0.68) return stream(world, Number.POSITIVE_INFINITY);
  if (dice < 0.78) return stream(world, 1 + Math.floor(random() * 5));
  if (dice < 0.86) return aborted(world);
  const unique = String(random());
  if (dice < 0.92) return other(world, "/v1/embeddings", JSON.stringify({ model: "good", input: ["a", unique] }));
  if (dice < 0.95) return other(world, "/v1/completions", JSON.stringify({ model: "flaky", prompt: unique }));
  if (dice < 0.97) return other(world, "/v1/chat/completions", "{ no json");
  return other(world, "/v1/chat/completions", JSON.stringify({ model: `x${unique}`, messages: [] }));
}
