// ../core/src/bounded.ts
var longestWaitMs = 864e5;
var longestTtlMs = 365 * 864e5;
var largestCount = 1e9;
var lastInstant = 864e13;
function boundedWait(ms) {
  return typeof ms === "number" && ms >= 0 ? Math.min(ms, longestWaitMs) : void 0;
}
function boundedCount(value) {
  return typeof value === "number" && value >= 0 && value <= largestCount ? value : void 0;
}
function showInstant(at2) {
  return Math.abs(at2) <= lastInstant ? new Date(at2).toISOString() : `${String(at2)} ms since 1970`;
}

// ../core/src/errors/kinds.ts
var badRequest = ["BadRequestError"];
var errorKinds = {
  bad_request: row("BadRequestError", 400, "invalid_request_error", "bad_request", "request"),
  unsupported_params: row(
    "UnsupportedParamsError",
    400,
    "invalid_request_error",
    "unsupported_parameter",
    "request",
    badRequest
  ),
  context_window_exceeded: row(
    "ContextWindowExceededError",
    400,
    "invalid_request_error",
    "context_length_exceeded",
    "request",
    badRequest
  ),
  content_policy_violation: row(
    "ContentPolicyViolationError",
    400,
    "invalid_request_error",
    "content_policy_violation",
    "request",
    badRequest
  ),
  payload_too_large: row(
    "PayloadTooLargeError",
    413,
    "invalid_request_error",
    "payload_too_large",
    "request",
    badRequest
  ),
  unprocessable_entity: row(
    "UnprocessableEntityError",
    422,
    "invalid_request_error",
    "unprocessable_entity",
    "request",
    badRequest
  ),
  authentication: row("AuthenticationError", 401, "authentication_error", "invalid_api_key", "credential"),
  permission_denied: row("PermissionDeniedError", 403, "permission_error", "permission_denied", "credential", [
    "AuthenticationError"
  ]),
  quota_exhausted: row("QuotaExhaustedError", 429, "insufficient_quota", "insufficient_quota", "credential", [
    "RateLimitError"
  ]),
  not_found: row("NotFoundError", 404, "invalid_request_error", "not_found", "upstream"),
  timeout: row("Timeout", 408, "timeout_error", "timeout", "transport"),
  conflict: row("ConflictError", 409, "api_error", "conflict", "upstream"),
  rate_limit: row("RateLimitError", 429, "rate_limit_error", "rate_limit_exceeded", "load"),
  internal_server: row("InternalServerError", 500, "server_error", "internal_server_error", "upstream"),
  bad_gateway: row("BadGatewayError", 502, "server_error", "bad_gateway", "upstream"),
  service_unavailable: row("ServiceUnavailableError", 503, "server_error", "service_unavailable", "upstream"),
  overloaded: row("OverloadedError", 503, "server_error", "overloaded", "upstream", ["ServiceUnavailableError"]),
  api_error: row("APIError", 502, "api_error", "api_error", "upstream"),
  api_connection: row("APIConnectionError", 502, "api_connection_error", "connection_error", "transport"),
  invalid_response: row("APIResponseValidationError", 502, "server_error", "invalid_response", "upstream"),
  stream_interrupted: row("StreamInterruptedError", 502, "server_error", "stream_interrupted", "transport", [
    "MidStreamFallbackError"
  ]),
  aborted: row("AbortedError", 499, "aborted", "request_aborted", "caller"),
  model_not_found: row("ModelNotFoundError", 404, "invalid_request_error", "model_not_found", "router", [
    "NotFoundError"
  ]),
  no_deployment_available: row("NoDeploymentAvailableError", 503, "server_error", "no_deployment_available", "router"),
  invalid_option: row("InvalidOptionError", 500, "configuration_error", "invalid_option", "router")
};
var classesByKind = Object.fromEntries(
  Object.entries(errorKinds).map(([kind, { className, parents }]) => [kind, [className, ...parents]])
);
function row(className, status, type, code, blame, parents = []) {
  return { className, parents, status, type, code, blame };
}

// ../core/src/errors/router-error.ts
var brand = /* @__PURE__ */ Symbol.for("modelyard.RouterError");
var RouterError = class extends Error {
  kind;
  status;
  code;
  type;
  param;
  /** Milliseconds; finite and at most one day, whatever the vendor said. */
  retryAfterMs;
  source;
  provider;
  upstream;
  /** Which deployment failed; set by the router. */
  deploymentId;
  /** The vendor's name of the model that was asked; set by the router. */
  model;
  /** Every call that was made for this request, in order; set by the router before the error goes out. */
  attempts;
  /** How the request went; set by the router before the error goes out. */
  trail;
  /** How the request went, where several attempts were made: what the message ends with; set by the router. */
  summary;
  /** What a stream had used when it broke after its first content; set by the router. */
  usage;
  constructor(options) {
    super(options.message, options.cause === void 0 ? void 0 : { cause: options.cause });
    const row2 = errorKinds[options.kind];
    this.name = options.kind === "aborted" ? "AbortError" : row2.className;
    this.kind = options.kind;
    this.status = options.status ?? row2.status;
    this.code = options.code ?? row2.code;
    this.type = options.type ?? row2.type;
    this.param = options.param;
    this.retryAfterMs = boundedWait(options.retryAfterMs);
    this.source = options.source ?? "router";
    this.provider = options.provider;
    this.upstream = options.upstream;
    this.deploymentId = options.deploymentId;
    this.model = void 0;
    this.attempts = options.attempts ?? [];
    this.trail = void 0;
    this.summary = void 0;
    this.usage = void 0;
    Object.defineProperties(this, {
      [brand]: { value: true },
      reason: { value: options.message },
      vendorError: { value: options.vendorError }
    });
  }
  /** Whether `value` is one, also when it was made by another copy of this package. */
  static isInstance(value) {
    return typeof value === "object" && value !== null && value[brand] === true;
  }
  /** Whose doing the failure is. */
  get blame() {
    return errorKinds[this.kind].blame;
  }
  /** For logs made by `JSON.stringify`, which leaves the message of an error out. Neither stack nor cause. */
  toJSON() {
    return { ...this, message: this.message };
  }
  /**
   * Lets the message end in how the request went, e.g. `... (4 attempts: gpt-4 x3, spare x1)`. Its beginning stays the
   * reason, since clients match that; of several summaries the last counts.
   */
  summarize(summary) {
    const { message, stack } = this;
    this.message = `${this.reason} (${summary})`;
    this.summary = summary;
    if (stack !== void 0) this.stack = stack.replace(message, () => this.message);
  }
  /** The body of an HTTP answer, in OpenAI's shape: a vendor's error of that shape as it was sent. */
  toBody() {
    return {
      error: {
        message: this.reason,
        type: this.type,
        param: this.param ?? null,
        code: this.code,
        ...this.vendorError,
        source: this.source,
        ...this.summary === void 0 ? {} : { attempts: this.summary },
        ...this.usage === void 0 ? {} : { usage: this.usage }
      }
    };
  }
};

// ../core/src/errors/classes.ts
var BadRequestError = class extends RouterError {
};
var UnsupportedParamsError = class extends BadRequestError {
};
var ContextWindowExceededError = class extends BadRequestError {
};
var ContentPolicyViolationError = class extends BadRequestError {
};
var PayloadTooLargeError = class extends BadRequestError {
};
var UnprocessableEntityError = class extends BadRequestError {
};
var AuthenticationError = class extends RouterError {
};
var PermissionDeniedError = class extends AuthenticationError {
};
var NotFoundError = class extends RouterError {
};
var ModelNotFoundError = class extends NotFoundError {
};
var Timeout = class extends RouterError {
};
var ConflictError = class extends RouterError {
};
var RateLimitError = class extends RouterError {
};
var QuotaExhaustedError = class extends RateLimitError {
};
var InternalServerError = class extends RouterError {
};
var BadGatewayError = class extends RouterError {
};
var ServiceUnavailableError = class extends RouterError {
};
var OverloadedError = class extends ServiceUnavailableError {
};
var APIError = class extends RouterError {
};
var APIConnectionError = class extends RouterError {
};
var APIResponseValidationError = class extends RouterError {
};
var StreamInterruptedError = class extends RouterError {
};
var AbortedError = class extends RouterError {
};
var NoDeploymentAvailableError = class extends RouterError {
};
var InvalidOptionError = class extends RouterError {
};
var classes = {
  bad_request: BadRequestError,
  unsupported_params: UnsupportedParamsError,
  context_window_exceeded: ContextWindowExceededError,
  content_policy_violation: ContentPolicyViolationError,
  payload_too_large: PayloadTooLargeError,
  unprocessable_entity: UnprocessableEntityError,
  authentication: AuthenticationError,
  permission_denied: PermissionDeniedError,
  quota_exhausted: QuotaExhaustedError,
  not_found: NotFoundError,
  timeout: Timeout,
  conflict: ConflictError,
  rate_limit: RateLimitError,
  internal_server: InternalServerError,
  bad_gateway: BadGatewayError,
  service_unavailable: ServiceUnavailableError,
  overloaded: OverloadedError,
  api_error: APIError,
  api_connection: APIConnectionError,
  invalid_response: APIResponseValidationError,
  stream_interrupted: StreamInterruptedError,
  aborted: AbortedError,
  model_not_found: ModelNotFoundError,
  no_deployment_available: NoDeploymentAvailableError,
  invalid_option: InvalidOptionError
};
function createError(options) {
  return new classes[options.kind](options);
}
function invalidOption(path2, problem, fix) {
  return createError({ kind: "invalid_option", message: `${path2}: ${problem} ${fix}`.trimEnd(), param: path2 });
}

// ../core/src/secret.ts
var Secret = class _Secret {
  #text;
  constructor(text3) {
    this.#text = text3;
  }
  static of(value) {
    return typeof value === "string" ? new _Secret(value) : value;
  }
  reveal() {
    return this.#text;
  }
  toString() {
    return "[secret]";
  }
  toJSON() {
    return "[secret]";
  }
  [/* @__PURE__ */ Symbol.for("nodejs.util.inspect.custom")]() {
    return "[secret]";
  }
};

// ../core/src/clock-and-random.ts
var longestTimeoutMs = 2147483647;
var timeOrigin;
var systemClock = {
  now: () => (timeOrigin ??= performance.timeOrigin) + performance.now(),
  setTimer: (callback, ms) => setTimeout(callback, Math.min(ms, longestTimeoutMs)),
  clearTimer: (timer) => {
    clearTimeout(timer);
  }
};
var digits = new TextEncoder().encode("0123456789abcdef");
var decoder = new TextDecoder();
var characters = new Uint8Array(32);
var poolSize = 4096;
var pool;
var poolUsed = poolSize;
function randomId() {
  pool ??= new Uint8Array(poolSize);
  if (poolUsed + 16 > poolSize) {
    crypto.getRandomValues(pool);
    poolUsed = 0;
  }
  for (let index = 0; index < characters.length; index += 2) {
    const byte = pool[poolUsed] ?? 0;
    poolUsed += 1;
    characters[index] = digits[byte >> 4] ?? 0;
    characters[index + 1] = digits[byte & 15] ?? 0;
  }
  return decoder.decode(characters);
}
var systemRandom = { next: () => Math.random(), id: randomId };

// ../core/src/caller-bounds.ts
var callerBounds = {
  /** Tags, allowed regions and other lists of names. */
  listItems: 100,
  /** Entries of one list of fallbacks, or of all lists in its maps. */
  fallbacks: 50,
  /** Levels of nesting in a body. OpenAI accepts schemas of 10 levels. */
  levels: 200,
  /** Keys at the top level of a body. OpenAI's chat requests have about 40. */
  fields: 1e3,
  /** Keys of any other object in a body. OpenAI accepts schemas of 5,000 properties. */
  keys: 1e4,
  /**
   * Keys in large objects of a body, or in objects that differ from those before. OpenAI accepts schemas of 5,000
   * properties; the messages and tools of a conversation are alike.
   */
  irregularKeys: 5e4,
  /** Objects and lists in a body. Anthropic accepts 100,000 messages. */
  containers: 5e5,
  /** Values in a body. OpenAI embeds up to 300,000 tokens per request. */
  values: 2e6,
  /** Values of the arguments of one tool call, if they are parsed. A model writes at most 128,000 tokens in one answer. */
  argumentValues: 3e4,
  /** Irregular keys of the arguments of one tool call, if they are parsed. */
  argumentKeys: 5e3,
  /** Bytes of a key. OpenAI accepts 120,000 for all names in a schema together. */
  keyBytes: 65536,
  /**
   * Messages, texts to embed or prompts in a request; the tokens of one text do not count. Anthropic accepts 100,000
   * messages (Messages API reference), OpenAI 2,048 texts.
   */
  items: 1e5,
  /** The `num_retries` of a request, if no number of retries is configured. */
  retries: 10,
  /** The `max_fallbacks` of a request, if it is not configured. */
  groups: 10,
  /** The `hold_back_events` of a request, if it is not configured. */
  heldEvents: 1e3
};

// ../core/src/json.ts
function isJsonObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
var deepestJson = 1e3;
var keysAt = /* @__PURE__ */ new Uint32Array(deepestJson + 1);

// ../core/src/header-value.ts
var longestKey = 16384;
function headerValueProblem(value, highest = 255) {
  const text3 = value.trim();
  for (let index = 0; index < text3.length; index += 1) {
    const code = text3.charCodeAt(index);
    if (code === 13 || code === 10) return "it contains a line break.";
    if (code < 32 && code !== 9 || code === 127) return "it contains a control character.";
    if (code > highest) return "it contains a character that cannot be sent in a header.";
  }
  return void 0;
}
function keyProblem(key) {
  if (key.length > longestKey) return `it is longer than ${String(longestKey)} characters.`;
  return headerValueProblem(key, 126);
}

// ../core/src/near-names.ts
function editDistance(left, right, most) {
  if (Math.abs(left.length - right.length) > most) return most + 1;
  let beforePrevious = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row2 = 1; row2 <= left.length; row2 += 1) {
    const current = [row2];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row2 - 1] === right[column - 1] ? 0 : 1;
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + same
      );
      if (row2 > 1 && column > 1 && left[row2 - 1] === right[column - 2] && left[row2 - 2] === right[column - 1]) {
        best = Math.min(best, (beforePrevious[column - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    if (Math.min(...current) > most) return most + 1;
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length] ?? most + 1;
}
function nearNames(name2, names2, count3 = 3) {
  const wanted = name2.slice(0, 100).toLowerCase();
  const most = Math.max(2, Math.floor(wanted.length / 3));
  const scored = [];
  for (const candidate of names2) {
    const other = candidate.slice(0, 100).toLowerCase();
    const within = wanted.length >= 3 && (other.includes(wanted) || other.length >= 3 && wanted.includes(other));
    const distance = within ? 1 : editDistance(wanted, other, most);
    if (distance <= most) scored.push({ name: candidate, distance });
  }
  return scored.toSorted((left, right) => left.distance - right.distance || (left.name < right.name ? -1 : 1)).slice(0, count3).map((entry2) => entry2.name);
}
function didYouMean(name2, names2) {
  const near = nearNames(name2, names2);
  return near.length === 0 ? "" : ` Did you mean ${near.map((candidate) => `"${candidate}"`).join(" or ")}?`;
}

// ../core/src/web-origin.ts
var otherOrigin = /^[a-z][a-z\d+.-]*:\/\/[\w.-]+(?::\d+)?$/u;
function originProblem(value) {
  if (typeof value !== "string") return "an origin must be a string.";
  if (value === "*") return void 0;
  if (value === "null") return "every sandboxed page sends null, so it identifies no origin.";
  if (value.includes("*")) return `${show(value)} is a pattern. Name each origin, or "*" for all.`;
  if (!/^https?:/iu.test(value)) return otherOrigin.test(value) ? void 0 : noOrigin(value);
  const origin2 = originOf(value);
  if (origin2 === void 0) return noOrigin(value);
  return origin2 === value ? void 0 : `${show(value)} is not how browsers send it. Write "${origin2}".`;
}
function originOf(value) {
  if (/[\s,]/u.test(value)) return void 0;
  try {
    return new URL(value).origin;
  } catch {
    return void 0;
  }
}
function noOrigin(value) {
  return `${show(value)} is not a valid origin. Write it as "https://app.example.com".`;
}
function show(value) {
  return JSON.stringify(value.replace(/\/\/[^/]*@/u, "//").slice(0, 200));
}
var hostName = /^(?:[a-z\d_](?:[\w.-]*[\w.])?|\[[\da-f:.]+\])(?::\d{1,5})?$/iu;
function hostProblem(value) {
  if (typeof value !== "string") return "a host must be a string.";
  if (value === "*" || hostName.test(value)) return void 0;
  if (value.includes("*")) return `${show(value)} is a pattern. Name each host, or "*" for any.`;
  return `${show(value)} is not a valid host name. Write it without scheme and path, e.g. "llm.example.com".`;
}

// ../core/src/irregular-keys.ts
var cheapPlace = 100;
var IrregularKeys = class {
  count = 0;
  /** For each level, a hash of the keys of the object that is open there, in their order. */
  #layouts = new Int32Array(callerBounds.levels + 2);
  #known = /* @__PURE__ */ new Set();
  /** @param place - of the key in its object; the first is 1 */
  add(key, place, depth) {
    const before = place === 1 ? 0 : this.#layouts[depth];
    const layout = Math.imul((before << 7 | before >>> 25) ^ key, 16777619);
    this.#layouts[depth] = layout;
    if (place <= cheapPlace) {
      if (this.#known.has(layout)) return;
      this.#known.add(layout);
    }
    this.count += 1;
  }
};

// ../core/src/next-turn.ts
function nextTurn() {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

// ../core/src/json-shape.ts
var quote = 34;
var backslash = 92;
var lookedAt = 64;
var fewKeys = 16;
var ordinaryKeys = 8192;
var bodyBounds = callerBounds;
var decoder2 = /* @__PURE__ */ new TextDecoder();
var encoder = /* @__PURE__ */ new TextEncoder();
var ShapeScan = class {
  /** Whether an object has a key twice, as far as the scan has come. */
  repeated = false;
  #bytes = nothing;
  #subject = "";
  #bounds = bodyBounds;
  #index = 0;
  #depth = 0;
  #containers = 0;
  #commas = 0;
  #keys = 0;
  /** Those of objects that are closed included. */
  #allKeys = 0;
  #irregular = void 0;
  #keyNext = false;
  /** The place after the opening quote of a string that is being read; -1 between strings. */
  #stringFrom = -1;
  /** For each level, where its keys begin; -1 for a list, and at the top. */
  #firstKeyAt = new Int32Array(callerBounds.levels + 2).fill(-1);
  /** Hashes of the keys of all objects that are open, the innermost object's last. */
  #hashes = new Int32Array(1024);
  /**
   * Begins with other bytes.
   * @param subject - what they are, for messages
   * @param bounds - what they may have
   */
  start(bytes2, subject, bounds = bodyBounds) {
    this.repeated = false;
    this.#bytes = bytes2;
    this.#subject = subject;
    this.#bounds = bounds;
    this.#index = 0;
    this.#depth = 0;
    this.#containers = 0;
    this.#commas = 0;
    this.#keys = 0;
    this.#allKeys = 0;
    this.#irregular = void 0;
    this.#keyNext = false;
    this.#stringFrom = -1;
    return this;
  }
  /** Lets go of the bytes. */
  stop() {
    this.#bytes = nothing;
  }
  /**
   * Reads on.
   * @param steps - a step is a character outside strings, or four within them
   * @returns whether the end was reached
   * @throws `bad_request` naming the bound that is exceeded
   */
  run(steps) {
    const bytes2 = this.#bytes;
    const firstKeyAt = this.#firstKeyAt;
    const { length } = bytes2;
    let index = this.#index;
    let depth = this.#depth;
    let commas = this.#commas;
    let keyNext = this.#keyNext;
    let stringFrom = this.#stringFrom;
    let inObject = firstKeyAt[depth] !== -1;
    let left = steps;
    for (; left > 0 && index < length; left -= 1) {
      const code = stringFrom === -1 ? bytes2[index] : quote;
      if (code === quote) {
        const from = index;
        if (stringFrom === -1) stringFrom = index += 1;
        const end = endOfString(bytes2, index);
        index = end < 0 ? -end : end;
        left -= costOf(index - from);
        if (end < 0) continue;
        if (keyNext) {
          keyNext = false;
          left -= keySteps + (index - stringFrom >> 2);
          this.#addKey(stringFrom, index - 1, depth);
        }
        stringFrom = -1;
        continue;
      }
      index += 1;
      if (code === 44) {
        commas += 1;
        keyNext = inObject;
      } else if (code === 123 || code === 91) {
        depth += 1;
        this.#checkDepth(depth);
        inObject = code === 123;
        keyNext = inObject;
        firstKeyAt[depth] = inObject ? this.#keys : -1;
      } else if (code === 125 || code === 93) {
        if (inObject) this.#closeObject(firstKeyAt[depth]);
        if (depth > 0) depth -= 1;
        inObject = firstKeyAt[depth] !== -1;
        keyNext = false;
      }
    }
    this.#index = index;
    this.#depth = depth;
    this.#commas = commas;
    this.#keyNext = keyNext;
    this.#stringFrom = stringFrom;
    const { values } = this.#bounds;
    if (commas + this.#containers > values)
      throw this.#refused("too_many_values", `has more than ${String(values)} values`);
    return index >= length;
  }
  #addKey(from, to, depth) {
    if (to - from > callerBounds.keyBytes)
      throw this.#refused("key_too_long", `has a key of more than ${String(callerBounds.keyBytes)} bytes`);
    if (this.#keys === this.#hashes.length) this.#hashes = grown(this.#hashes);
    const hash = hashOf(this.#bytes, from, to);
    this.#hashes[this.#keys] = hash;
    this.#keys += 1;
    this.#allKeys += 1;
    const count3 = this.#keys - this.#firstKeyAt[depth];
    const most = depth === 1 ? callerBounds.fields : callerBounds.keys;
    if (count3 > most)
      throw this.#refused(
        "too_many_keys",
        `has more than ${String(most)} keys ${depth === 1 ? "at its top" : "in one object"}`
      );
    if (this.#allKeys > ordinaryKeys) this.#addIrregular(hash, count3, depth);
  }
  #addIrregular(hash, place, depth) {
    this.#irregular ??= new IrregularKeys();
    this.#irregular.add(hash, place, depth);
    const most = this.#bounds.irregularKeys;
    if (this.#irregular.count > most)
      throw this.#refused(
        "too_many_keys",
        `has more than ${String(most)} keys in large objects, or in objects unlike each other`
      );
  }
  #checkDepth(depth) {
    this.#containers += 1;
    if (depth > callerBounds.levels)
      throw this.#refused("nested_too_deep", `is nested more than ${String(callerBounds.levels)} levels deep`);
    if (this.#containers > callerBounds.containers)
      throw this.#refused("too_many_values", `has more than ${String(callerBounds.containers)} objects and lists`);
  }
  /** @param firstKey - where its keys begin */
  #closeObject(firstKey) {
    this.repeated ||= hasTwice(this.#hashes, firstKey, this.#keys);
    this.#keys = firstKey;
  }
  #refused(code, problem) {
    return createError({
      kind: "bad_request",
      code,
      message: `${this.#subject} ${problem}. No provider accepts that; send less.`
    });
  }
};
var nothing = /* @__PURE__ */ new Uint8Array();
var shared;
var keySteps = 2;
var stepsOfATurn = 15e4;
function checkJsonShape(bytes2, subject = "The body", bounds) {
  shared ??= new ShapeScan();
  shared.start(bytes2, subject, bounds);
  try {
    while (!shared.run(stepsOfATurn)) ;
    return shared.repeated;
  } finally {
    shared.stop();
  }
}
async function checkLongShape(bytes2, subject = "The body", bounds) {
  const scan = new ShapeScan().start(bytes2, subject, bounds);
  while (!scan.run(stepsOfATurn)) await nextTurn();
  return scan.repeated;
}
function costOf(length) {
  return length < lookedAt ? length >> 2 : (lookedAt >> 2) + (length >> 8);
}
function endOfString(bytes2, from) {
  const { length } = bytes2;
  const stop = Math.min(from + lookedAt, length);
  for (let index = from; index < stop; ) {
    let next = index;
    while (next < stop && bytes2[next] !== quote) next += 1;
    if (next === stop) next = stop < length ? bytes2.indexOf(quote, stop) : -1;
    if (next === -1) return length + 1;
    let escapes = 0;
    while (next - escapes > index && bytes2[next - escapes - 1] === backslash) escapes += 1;
    index = next + 1;
    if (escapes % 2 === 0) return index;
    if (index >= stop) return -index;
  }
  return length + 1;
}
var basis;
function hashOf(bytes2, from, to) {
  basis ??= Math.trunc(systemRandom.next() * 2 ** 31);
  let hash = basis;
  for (let index = from; index < to; index += 1) {
    const code = bytes2[index];
    if (code === backslash) return hashOfEscaped(bytes2.subarray(from, to));
    hash = Math.imul(hash ^ code, 16777619);
  }
  return hash;
}
function hashOfEscaped(key) {
  let plain2;
  try {
    plain2 = JSON.parse(`"${decoder2.decode(key)}"`);
  } catch {
    return 0;
  }
  let hash = basis ?? 0;
  for (const code of encoder.encode(plain2)) hash = Math.imul(hash ^ code, 16777619);
  return hash;
}
function hasTwice(hashes, from, to) {
  if (to - from > fewKeys) {
    const sorted = hashes.subarray(from, to).toSorted();
    for (let index = 1; index < sorted.length; index += 1) if (sorted[index] === sorted[index - 1]) return true;
    return false;
  }
  for (let index = from + 1; index < to; index += 1) {
    const hash = hashes[index];
    for (let other = from; other < index; other += 1) if (hashes[other] === hash) return true;
  }
  return false;
}
function grown(list2) {
  const longer = new Int32Array(list2.length * 2);
  longer.set(list2);
  return longer;
}

// ../core/src/stable-id.ts
function sha256Hex(text3) {
  const message = new TextEncoder().encode(text3);
  const whole = message.length & ~63;
  const state = Int32Array.from(initial);
  for (let offset = 0; offset < whole; offset += 64) compress(state, message, offset);
  const tail = new Uint8Array(message.length - whole < 56 ? 64 : 128);
  tail.set(message.subarray(whole));
  tail[message.length - whole] = 128;
  const view = new DataView(tail.buffer);
  view.setUint32(tail.length - 8, Math.floor(message.length / 536870912));
  view.setUint32(tail.length - 4, message.length << 3 >>> 0);
  for (let offset = 0; offset < tail.length; offset += 64) compress(state, tail, offset);
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
var words = /* @__PURE__ */ new Int32Array(64);
var int32 = (value) => value & -1;
var at = (list2, index) => list2[index];
function compress(state, bytes2, offset) {
  for (let index = 0, from = offset; index < 16; index += 1, from += 4) {
    words[index] = at(bytes2, from) << 24 | at(bytes2, from + 1) << 16 | at(bytes2, from + 2) << 8 | at(bytes2, from + 3);
  }
  for (let index = 16; index < 64; index += 1) {
    const early = at(words, index - 15);
    const late = at(words, index - 2);
    const first = (early >>> 7 | early << 25) ^ (early >>> 18 | early << 14) ^ early >>> 3;
    const second = (late >>> 17 | late << 15) ^ (late >>> 19 | late << 13) ^ late >>> 10;
    words[index] = at(words, index - 16) + first + at(words, index - 7) + second;
  }
  let a = at(state, 0);
  let b = at(state, 1);
  let c = at(state, 2);
  let d = at(state, 3);
  let e = at(state, 4);
  let f = at(state, 5);
  let g = at(state, 6);
  let h = at(state, 7);
  for (let index = 0; index < 64; index += 1) {
    const sum1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
    const added = int32(h + sum1 + (e & f ^ ~e & g) + at(constants, index) + at(words, index));
    const sum0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
    const majority = a & b ^ a & c ^ b & c;
    h = g;
    g = f;
    f = e;
    e = int32(d + added);
    d = c;
    c = b;
    b = a;
    a = int32(added + sum0 + majority);
  }
  state.set([
    at(state, 0) + a,
    at(state, 1) + b,
    at(state, 2) + c,
    at(state, 3) + d,
    at(state, 4) + e,
    at(state, 5) + f,
    at(state, 6) + g,
    at(state, 7) + h
  ]);
}
function primeRoots(count3, root) {
  const primes = [];
  for (let candidate = 2; primes.length < count3; candidate += 1) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return Int32Array.from(primes, (prime) => int32(root(prime) % 1 * 2 ** 32));
}
var initial = /* @__PURE__ */ primeRoots(8, Math.sqrt);
var constants = /* @__PURE__ */ primeRoots(64, Math.cbrt);
function canonicalJson(value) {
  if (leftOut.has(typeof value)) return "null";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const fields = value;
  if (typeof fields["toJSON"] === "function") return canonicalJson(value.toJSON());
  const members = Object.keys(fields).filter((key) => !leftOut.has(typeof fields[key])).toSorted().map((key) => `${JSON.stringify(key)}:${canonicalJson(fields[key])}`);
  return `{${members.join(",")}}`;
}
var leftOut = /* @__PURE__ */ new Set(["undefined", "function", "symbol"]);

// ../core/src/json-writer.ts
var pieceLength = 256 * 1024;
var pieceValues = 16384;
var perValue = pieceLength / pieceValues;
var shortLength = 512;
var deepest = 1e3;
var encoder2 = new TextEncoder();
var JsonWriter = class {
  #sorted;
  #open = [];
  #text = "";
  #values = 0;
  /** A long string that is being written, and the place up to which it is. */
  #string = void 0;
  #stringAt = 0;
  #done = false;
  /** @param sorted - whether keys are sorted, so that the same data is written as the same text */
  constructor(value, sorted = false) {
    this.#sorted = sorted;
    this.#write(value);
  }
  /**
   * @returns `undefined` after the last piece
   * @throws `RangeError` for data that refers to itself, `TypeError` for what JSON does not have
   */
  next() {
    if (this.#done) return void 0;
    while (this.#text.length < pieceLength && this.#values < pieceValues) {
      if (this.#string !== void 0) this.#goOn(this.#string);
      else if (this.#open.length > 0) this.#step(this.#open.at(-1));
      else {
        this.#done = true;
        break;
      }
    }
    const piece = this.#text;
    this.#text = "";
    this.#values = 0;
    return piece;
  }
  /** The next item of a list or member of an object, or its end. */
  #step(open) {
    if (open.next === open.length) {
      this.#text += open.keys === void 0 ? "]" : "}";
      this.#open.pop();
      return;
    }
    const key = open.keys?.[open.next] ?? open.next;
    const value = open.value[key];
    open.next += 1;
    this.#values += 1;
    if (typeof key === "string" && isLeftOut(value)) return;
    if (open.begun) this.#text += ",";
    open.begun = true;
    if (typeof key === "string") this.#text += `${JSON.stringify(key)}:`;
    this.#write(value);
  }
  #write(value) {
    if (typeof value === "string" && value.length > pieceLength) {
      this.#text += '"';
      this.#string = value;
      this.#stringAt = 0;
    } else if (typeof value !== "object" || value === null || !isPlain(value) || isShort(value)) {
      const text3 = this.#sorted ? canonicalJson(value) : JSON.stringify(value);
      this.#text += text3 ?? "null";
      if (typeof value === "object") this.#values += 8;
    } else this.#enter(value);
  }
  #enter(value) {
    if (this.#open.length >= deepest) throw new RangeError("the data is nested too deeply");
    const keys = Array.isArray(value) ? void 0 : Object.keys(value);
    this.#text += keys === void 0 ? "[" : "{";
    this.#open.push({
      value,
      keys: this.#sorted ? keys?.toSorted() : keys,
      length: keys === void 0 ? value.length : keys.length,
      next: 0,
      begun: false
    });
  }
  #goOn(text3) {
    let end = Math.min(this.#stringAt + pieceLength, text3.length);
    if (end < text3.length && isHighSurrogate(text3.charCodeAt(end - 1))) end -= 1;
    this.#text += JSON.stringify(text3.slice(this.#stringAt, end)).slice(1, -1);
    this.#stringAt = end;
    if (end < text3.length) return;
    this.#text += '"';
    this.#string = void 0;
  }
};
function isHighSurrogate(code) {
  return code >= 55296 && code <= 56319;
}
function isLeftOut(value) {
  return value === void 0 || typeof value === "function" || typeof value === "symbol";
}
function isPlain(value) {
  if (typeof value.toJSON === "function") return false;
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
function isLong(value) {
  return lengthLeft(value, pieceLength) < 0;
}
function isShort(value) {
  return lengthLeft(value, shortLength) >= 0;
}
function lengthLeft(value, length) {
  if (typeof value === "string") return length - perValue - value.length;
  if (typeof value !== "object" || value === null) return length - perValue;
  let left = length - perValue;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && left >= 0; index += 1) left = lengthLeft(value[index], left);
    return left;
  }
  for (const key in value) {
    if (left < 0) return left;
    left = lengthLeft(value[key], left - key.length);
  }
  return left;
}
async function writeJson(value) {
  const pieces = [];
  const writer = new JsonWriter(value);
  for (let piece = writer.next(); piece !== void 0; piece = writer.next()) {
    pieces.push(encoder2.encode(piece));
    await nextTurn();
  }
  const bytes2 = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at2 = 0;
  for (const piece of pieces) {
    bytes2.set(piece, at2);
    at2 += piece.length;
  }
  await nextTurn();
  return bytes2;
}

// ../core/src/cancellation.ts
function tell(listener, reason) {
  if (typeof listener === "function") listener(reason);
  else listener.cancel(reason);
}
var Cancellation = class {
  /** The first two listeners are kept in fields, since most cancellations never have a third. */
  #first;
  #second;
  #others;
  #controller;
  #cancelled = false;
  #reason;
  get cancelled() {
    return this.#cancelled;
  }
  /** The reason for the cancellation. `undefined` until then. */
  get reason() {
    return this.#reason;
  }
  /** A standard signal for code that needs one. Created on first use. */
  get signal() {
    if (this.#controller === void 0) {
      this.#controller = new AbortController();
      if (this.#cancelled) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }
  /** The number of listeners. 0 if nothing is pending. */
  get listenerCount() {
    return (this.#first === void 0 ? 0 : 1) + (this.#second === void 0 ? 0 : 1) + (this.#others?.size ?? 0);
  }
  /** Calls `listener` on cancellation, or at once if that has already happened. */
  add(listener) {
    if (this.#cancelled) {
      tell(listener, this.#reason);
      return;
    }
    if (this.#first === listener || this.#second === listener || this.#others?.has(listener) === true) return;
    if (this.#first === void 0) this.#first = listener;
    else if (this.#second === void 0) this.#second = listener;
    else {
      this.#others ??= /* @__PURE__ */ new Set();
      this.#others.add(listener);
    }
  }
  remove(listener) {
    if (this.#first === listener) this.#first = void 0;
    else if (this.#second === listener) this.#second = void 0;
    else this.#others?.delete(listener);
  }
  /** Only the first call has an effect. */
  cancel(reason) {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#reason = reason;
    const first = this.#first;
    const second = this.#second;
    const others2 = this.#others;
    this.#first = void 0;
    this.#second = void 0;
    this.#others = void 0;
    this.#controller?.abort(reason);
    if (first !== void 0) tell(first, reason);
    if (second !== void 0) tell(second, reason);
    if (others2 !== void 0) for (const listener of others2) tell(listener, reason);
  }
  /**
   * Settles as `promise` does, or rejects with the reason as soon as this is cancelled.
   * @param late - receives a value that arrives after the cancellation
   */
  race(promise, late) {
    return new Promise((resolve, reject) => {
      this.add(reject);
      promise.then(
        (value) => {
          if (this.#cancelled) late?.(value);
          else {
            this.remove(reject);
            resolve(value);
          }
        },
        (error) => {
          this.remove(reject);
          reject(error);
        }
      );
    });
  }
  /** @throws the reason, if cancelled */
  throwIfCancelled() {
    if (this.#cancelled) throw this.#reason;
  }
};

// ../core/src/finish-reasons.ts
var openaiFinishReasons = {
  stop: "complete",
  tool_calls: "complete",
  function_call: "complete",
  eos: "complete",
  eos_token: "complete",
  stop_sequence: "complete",
  end_turn: "complete",
  tool_use: "complete",
  length: "cut",
  max_tokens: "cut",
  model_length: "cut",
  content_filter: "filtered",
  error: "internal_server",
  insufficient_system_resource: "service_unavailable",
  network_error: "bad_gateway",
  model_context_window_exceeded: "context_window_exceeded",
  sensitive: "content_policy_violation",
  safety: "content_policy_violation",
  recitation: "content_policy_violation",
  blocklist: "content_policy_violation",
  prohibited_content: "content_policy_violation",
  spii: "content_policy_violation",
  malformed_function_call: "internal_server",
  unexpected_tool_call: "internal_server",
  abort: "service_unavailable",
  cancelled: "service_unavailable",
  timeout: "timeout"
};
var meanings = {
  stop: "complete",
  length: "cut",
  content_filter: "filtered",
  ...Object.fromEntries(
    Object.entries(errorKinds).map(([kind, { className }]) => [className, kind])
  )
};
var finishReasonMeanings = Object.keys(meanings);

// ../core/src/token-estimate.ts
var charactersPerToken = 4;
var firstDense = 592;
var firstDenser = 11904;
var looks = 16;
var tokensPerMessage = 4;
var tokensPerImage = { low: 85, high: 765 };
var audioCharactersPerToken = { wav: 6400, pcm16: 6400, other: 2133 };
var fileCharactersPerToken = 80;
var mostLooks = 5e4;
var leastLooks = 16;
var deepest2 = 16;
function textTokens(text3) {
  const { length } = text3;
  if (length === 0) return 0;
  const looked = Math.min(length, looks);
  const step = Math.floor(length / looked);
  let weight = 0;
  for (let index = 0; index < looked; index += 1) {
    const code = text3.charCodeAt(index * step);
    weight += code < firstDense ? 1 : code < firstDenser ? 2 : 4;
  }
  return Math.ceil(length * weight / (looked * charactersPerToken));
}
var Count = class {
  #left = mostLooks;
  /**
   * Tokens of all items; when the looks run out, the rest is like those seen. Each item has its share of the looks: if a
   * long one could use them up, all others would be taken for as long.
   */
  items(items, tokensOf) {
    const share = Math.max(leastLooks, Math.floor(this.#left / items.length));
    let tokens = 0;
    let left = this.#left;
    let spare = 0;
    for (let index = 0; index < items.length; index += 1) {
      if (left <= 0) {
        this.#left = left;
        return index === 0 ? items.length : Math.ceil(tokens * items.length / index);
      }
      const own = share + spare;
      this.#left = own;
      tokens += tokensOf(items[index]);
      left -= 1 + own - this.#left;
      spare = this.#left > 0 ? this.#left : 0;
    }
    this.#left = left;
    return tokens;
  }
  /** Texts and names within any value, as they would be written. */
  value(value, depth = 0) {
    if (typeof value === "string") return textTokens(value);
    if (typeof value !== "object" || value === null || depth > deepest2) return value === void 0 ? 0 : 1;
    if (Array.isArray(value)) return this.items(value, (item) => this.value(item, depth + 1));
    let tokens = 0;
    for (const key in value) {
      if (this.#left <= 0) break;
      this.#left -= 1;
      tokens += 1 + this.value(value[key], depth + 1);
    }
    return tokens;
  }
  message(message) {
    if (!isJsonObject(message)) return 0;
    const calls = message["tool_calls"] ?? message["function_call"];
    return tokensPerMessage + this.content(message["content"]) + (calls === void 0 ? 0 : this.value(calls));
  }
  content(content) {
    if (typeof content === "string") return textTokens(content);
    return Array.isArray(content) ? this.items(content, (part2) => this.part(part2)) : 0;
  }
  part(part2) {
    if (!isJsonObject(part2)) return typeof part2 === "string" ? textTokens(part2) : 0;
    if (typeof part2["text"] === "string") return textTokens(part2["text"]);
    switch (part2["type"]) {
      case "image_url":
      case "input_image":
      case "image":
        return isJsonObject(part2["image_url"]) && part2["image_url"]["detail"] === "low" ? tokensPerImage.low : tokensPerImage.high;
      case "input_audio":
        return audioTokens(part2["input_audio"]);
      case "file":
      case "input_file":
        return fileTokens(part2["file"]);
      default:
        return this.value(part2);
    }
  }
};
function audioTokens(audio) {
  if (!isJsonObject(audio) || typeof audio["data"] !== "string") return 0;
  const { wav, pcm16, other } = audioCharactersPerToken;
  const perToken = audio["format"] === "wav" ? wav : audio["format"] === "pcm16" ? pcm16 : other;
  return Math.ceil(audio["data"].length / perToken);
}
function fileTokens(file) {
  return isJsonObject(file) && typeof file["file_data"] === "string" ? Math.ceil(file["file_data"].length / fileCharactersPerToken) : 0;
}
function estimateChatInput(request) {
  const { messages, tools, functions, response_format: format } = request;
  const count3 = new Count();
  let tokens = 3;
  if (Array.isArray(messages)) tokens += count3.items(messages, (message) => count3.message(message));
  if (tools !== void 0) tokens += count3.value(tools);
  if (functions !== void 0) tokens += count3.value(functions);
  if (format !== void 0) tokens += count3.value(format);
  return tokens;
}
function estimatePromptInput(prompt) {
  if (typeof prompt === "string") return textTokens(prompt);
  if (!Array.isArray(prompt)) return 0;
  if (typeof prompt[0] === "number") return prompt.length;
  return new Count().items(
    prompt,
    (item) => typeof item === "string" ? textTokens(item) : Array.isArray(item) ? item.length : 1
  );
}

// ../core/src/operations/assemble.ts
function choiceOf(choices, index) {
  const known = choices.get(index);
  if (known !== void 0) return known;
  const made = {
    index,
    content: "",
    reasoning: "",
    refusal: "",
    finishReason: null,
    toolCalls: /* @__PURE__ */ new Map(),
    functionCall: void 0
  };
  choices.set(index, made);
  return made;
}
function text(value) {
  return typeof value === "string" ? value : "";
}
function addToolCalls(parts, calls) {
  if (!Array.isArray(calls)) return;
  for (const call of calls) {
    const index = typeof call["index"] === "number" ? call["index"] : 0;
    const known = parts.toolCalls.get(index) ?? { id: void 0, name: "", args: "" };
    const named2 = call["function"] ?? {};
    known.id ??= call["id"];
    known.name += text(named2["name"]);
    known.args += text(named2["arguments"]);
    parts.toolCalls.set(index, known);
  }
}
function addFunctionCall(parts, call) {
  if (call == null) return;
  const { name: name2, arguments: args } = call;
  parts.functionCall = {
    name: (parts.functionCall?.name ?? "") + text(name2),
    args: (parts.functionCall?.args ?? "") + text(args)
  };
}
function chatChoice(parts) {
  const calls = [...parts.toolCalls.values()].map((call) => ({
    id: call.id,
    type: "function",
    function: { name: call.name, arguments: call.args }
  }));
  const called = parts.functionCall;
  return {
    index: parts.index,
    message: {
      role: "assistant",
      content: parts.content === "" && (calls.length > 0 || called !== void 0) ? null : parts.content,
      ...parts.reasoning === "" ? {} : { reasoning_content: parts.reasoning },
      ...parts.refusal === "" ? {} : { refusal: parts.refusal },
      ...calls.length === 0 ? {} : { tool_calls: calls },
      ...called === void 0 ? {} : { function_call: { name: called.name, arguments: called.args } }
    },
    finish_reason: parts.finishReason
  };
}
function assembleChat(chunks) {
  return assemble("chat.completion", chunks, chatChoice);
}
function assembleText(chunks) {
  return assemble("text_completion", chunks, ({ index, content, finishReason }) => ({
    index,
    text: content,
    finish_reason: finishReason
  }));
}
function assemble(object, chunks, toChoice) {
  const choices = /* @__PURE__ */ new Map();
  let usage;
  for (const chunk of chunks) {
    usage = chunk["usage"] ?? usage;
    const list2 = chunk["choices"] ?? [];
    for (const choice2 of list2) {
      const parts = choiceOf(choices, typeof choice2["index"] === "number" ? choice2["index"] : 0);
      const delta = choice2["delta"] ?? {};
      parts.content += text(delta["content"]) + text(choice2["text"]);
      parts.reasoning += text(delta["reasoning_content"]);
      parts.refusal += text(delta["refusal"]);
      parts.finishReason = choice2["finish_reason"] ?? parts.finishReason;
      addToolCalls(parts, delta["tool_calls"]);
      addFunctionCall(parts, delta["function_call"]);
    }
  }
  const { id, created, model } = chunks[0] ?? {};
  const sorted = [...choices.values()].toSorted((left, right) => left.index - right.index);
  return {
    id,
    object,
    created,
    model,
    choices: sorted.map(toChoice),
    ...usage == null ? {} : { usage }
  };
}

// ../core/src/operations/common-facts.ts
function choicesAsked({ n }) {
  return typeof n === "number" && n > 1 ? n : 1;
}
function outputLimitOf(choices) {
  return (request) => {
    const limit = request["max_completion_tokens"] ?? request["max_tokens"];
    return typeof limit === "number" && limit >= 0 ? limit * choices(request) : void 0;
  };
}
function objectsIn(value, field) {
  const items = value[field];
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
}
function errorFault(value) {
  if (!isJsonObject(value)) return "the body is not a JSON object";
  return value["error"] == null ? void 0 : "the body is an error";
}
function choicesFault(part2, good) {
  return (value) => errorFault(value) ?? choiceError(value) ?? listFault(value, "choices", part2, good);
}
function choiceError({ choices }) {
  if (!Array.isArray(choices)) return void 0;
  for (let index = 0; index < choices.length; index += 1) {
    const choice2 = choices[index];
    if (isJsonObject(choice2) && choice2["error"] != null) return `choices[${String(index)}] is an error`;
  }
  return void 0;
}
function listFault(value, field, part2, good) {
  const items = value[field];
  if (!Array.isArray(items) || items.length === 0) return `the body has no ${field}`;
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (!isJsonObject(item) || !good(item[part2])) return `${field}[${String(index)}] has no ${part2}`;
  }
  return void 0;
}

// ../core/src/operations/chat.ts
var chat = {
  name: "chat",
  path: "/chat/completions",
  litellm: { mode: "chat", callType: "completion" },
  streams: true,
  required: "messages",
  inputTokens: estimateChatInput,
  maxOutputTokens: outputLimitOf(choicesAsked),
  choices: choicesAsked,
  fault: choicesFault("message", isJsonObject),
  empty: (value) => objectsIn(value, "choices").every(
    (choice2) => !isJsonObject(choice2["message"]) || !saysSomething(choice2["message"])
  ),
  finishReasons: openaiFinishReasons,
  assemble: assembleChat,
  continues: true,
  latencyOf: "token",
  observation: "generation",
  mock: {
    answer: ({ id, created, model, text: text3, usage }) => ({
      id,
      object: "chat.completion",
      created,
      model,
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: text3, refusal: null },
          logprobs: null,
          finish_reason: "stop"
        }
      ],
      usage
    }),
    event: ({ id, created, model, text: text3, delta, finishReason = null, usage }) => ({
      id,
      object: "chat.completion.chunk",
      created,
      model,
      choices: [
        {
          index: 0,
          delta: delta ?? (text3 === void 0 ? {} : { role: "assistant", content: text3 }),
          finish_reason: finishReason
        }
      ],
      ...usage === void 0 ? {} : { usage }
    })
  }
};
function saysSomething(message) {
  return hasText(message["content"]) || hasText(message["refusal"]) || Array.isArray(message["tool_calls"]) && message["tool_calls"].length > 0 || message["function_call"] != null || message["audio"] != null;
}
function hasText(value) {
  return typeof value === "string" ? value !== "" : Array.isArray(value) && value.length > 0;
}

// ../core/src/operations/embedding-items.ts
var mostItems = 2048;
var embeddingItems = {
  of: ({ input }) => {
    if (typeof input === "string") return [input];
    if (!Array.isArray(input) || input.length === 0) return void 0;
    if (typeof input[0] === "number") return [input];
    if (input.length > mostItems) return void 0;
    return input.every((item) => typeof item === "string" || Array.isArray(item)) ? input : void 0;
  },
  with: (request, items) => ({ ...request, input: items }),
  split: (answer, count3) => {
    const { data, usage, ...rest } = answer;
    const byIndex = new Map(data.map((item) => [item.index, item]));
    return Array.from({ length: count3 }, (_, index) => {
      const item = byIndex.get(index);
      if (item === void 0) return void 0;
      return { ...rest, data: [{ ...item, index: 0 }], ...count3 > 1 || usage === void 0 ? {} : { usage } };
    });
  },
  merge: (items, answers, model) => {
    let tokens = 0;
    const known = answers;
    const data = known.flatMap((answer, index) => {
      const item = answer?.data[0];
      if (item === void 0) return [];
      tokens += boundedCount(answer?.usage?.prompt_tokens) ?? estimatePromptInput(items[index]);
      return [{ ...item, index }];
    });
    const first = known.find((answer) => answer !== void 0);
    return {
      ...first,
      object: "list",
      model: first?.model ?? model,
      data,
      usage: { prompt_tokens: tokens, total_tokens: tokens }
    };
  }
};

// ../core/src/operations/embeddings.ts
var embeddings = {
  name: "embeddings",
  path: "/embeddings",
  litellm: { mode: "embedding", callType: "embedding" },
  streams: false,
  required: "input",
  inputTokens: (request) => estimatePromptInput(request["input"]),
  maxOutputTokens: () => 0,
  choices: (request) => textsIn(request["input"]),
  fault: (value, texts2) => errorFault(value) ?? listFault(value, "data", "embedding", isVector) ?? (texts2 === void 0 ? void 0 : countFault(value, texts2)),
  empty: (value) => objectsIn(value, "data").length === 0,
  finishReasons: {},
  continues: false,
  cacheItems: embeddingItems,
  latencyOf: "call",
  observation: "embedding",
  mock: {
    answer: ({ model, usage, request, vector = zeros }) => ({
      object: "list",
      model,
      data: Array.from({ length: textsIn(request["input"]) }, (_, index) => ({
        object: "embedding",
        index,
        embedding: request["encoding_format"] === "base64" ? btoa("\0".repeat(12)) : vector(index)
      })),
      usage: { prompt_tokens: usage.prompt_tokens, total_tokens: usage.prompt_tokens }
    })
  }
};
function textsIn(input) {
  return Array.isArray(input) && typeof input[0] !== "number" ? Math.max(1, input.length) : 1;
}
function zeros() {
  return [0, 0, 0];
}
function isVector(embedding) {
  return typeof embedding === "string" || typeof embedding === "object" && embedding !== null;
}
function countFault(value, wanted) {
  const got = objectsIn(value, "data").length;
  return got < wanted ? `the body has ${String(got)} embeddings for ${String(wanted)} texts` : void 0;
}

// ../core/src/operations/text-completion.ts
var textCompletion = {
  name: "text_completion",
  path: "/completions",
  litellm: { mode: "completion", callType: "text_completion" },
  streams: true,
  required: "prompt",
  inputTokens: (request) => estimatePromptInput(request["prompt"]),
  maxOutputTokens: outputLimitOf(choicesOfPrompts),
  choices: choicesOfPrompts,
  fault: choicesFault("text", (text3) => typeof text3 === "string"),
  empty: (value) => objectsIn(value, "choices").every((choice2) => choice2["text"] === ""),
  finishReasons: openaiFinishReasons,
  assemble: assembleText,
  continues: false,
  latencyOf: "token",
  observation: "generation",
  mock: {
    answer: ({ id, created, model, text: text3, usage }) => ({
      id,
      object: "text_completion",
      created,
      model,
      choices: [{ index: 0, text: text3, finish_reason: "stop", logprobs: null }],
      usage
    }),
    event: ({ id, created, model, text: text3 = "", finishReason = null, usage }) => ({
      id,
      object: "text_completion",
      created,
      model,
      choices: [{ index: 0, text: text3, finish_reason: finishReason }],
      ...usage === void 0 ? {} : { usage }
    })
  }
};
function choicesOfPrompts(request) {
  const { prompt } = request;
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== "number" ? Math.max(1, prompt.length) : 1;
  return prompts * choicesAsked(request);
}

// ../core/src/operations.ts
var operations = {
  chat,
  text_completion: textCompletion,
  embeddings
};
var operationNames = Object.keys(operations);

// src/auth.ts
function equalInConstantTime(presented, expected) {
  let difference = presented.length ^ expected.length;
  for (let index = 0; index < presented.length; index += 1) {
    difference |= presented.charCodeAt(index) ^ expected.charCodeAt(index % Math.max(1, expected.length));
  }
  return difference === 0;
}
var scheme = "bearer";
var bearer = /^bearer\s+\S+\s*$/iu;
function presentedKey(request, keyHeader, keyHeaders) {
  if (keyHeader !== void 0)
    return request.header(keyHeader)?.replace(/^bearer\s+/iu, "").trim();
  const own = request.header("x-litellm-api-key");
  if (own !== void 0) return own.replace(/^bearer\s+/iu, "").trim();
  const authorization = request.header("authorization");
  if (authorization !== void 0)
    return bearer.test(authorization) ? authorization.slice(scheme.length).trim() : void 0;
  let key;
  for (let index = 0; key === void 0 && index < keyHeaders.length; index += 1)
    key = request.header(keyHeaders[index] ?? "");
  return key;
}
function keyCheck(masterKey2, keyHeader = "Authorization") {
  const expected = masterKey2.reveal();
  return (presented) => {
    if (presented !== void 0 && equalInConstantTime(presented, expected)) return void 0;
    const problem = presented === void 0 ? "No key was sent." : "The key is not valid.";
    return createError({ kind: "authentication", message: `${problem} Send it as "${keyHeader}: Bearer KEY".` });
  };
}
var Callers = class {
  #names = /* @__PURE__ */ new Map();
  nameOf(presented) {
    if (presented === void 0) return "anonymous";
    let name2 = this.#names.get(presented);
    if (name2 === void 0) {
      name2 = sha256Hex(presented);
      if (this.#names.size >= 1e3) this.#names.clear();
      this.#names.set(presented, name2);
    }
    return name2;
  }
};

// ../core/src/settings/caching.ts
function cacheParameter(key) {
  return [`litellm_settings.cache_params.${key}`, `router_settings.cache_kwargs.${key}`];
}
function only(kind, paths) {
  return paths.map((path2) => ({ path: path2, in: kind }));
}
var caching = {
  cacheResponses: {
    kind: "flag",
    says: "Caches answers, if there is a cache.",
    default: true,
    router: ["router_settings.cache_responses", "litellm_settings.cache"]
  },
  cache: { kind: "object", says: "How answers are cached.", router: [], call: { flight: "own" } },
  "cache.ttlMs": {
    kind: "timeLimit",
    says: "How long answers are cached.",
    default: 6e5,
    router: [
      ...only("redis", cacheParameter("default_redis_ttl")),
      ...only("memory", cacheParameter("default_in_memory_ttl")),
      ...cacheParameter("ttl"),
      { path: "litellm_settings.default_redis_ttl", in: "redis" },
      { path: "litellm_settings.default_in_memory_ttl", in: "memory" },
      "router_settings.default_cache_time_seconds"
    ],
    call: { body: ["cache.ttl"], kind: "duration", flight: "own" }
  },
  "cache.namespace": {
    kind: "text",
    says: "Entries of another namespace are neither seen nor changed.",
    router: cacheParameter("namespace"),
    call: { body: ["cache.namespace"], flight: "own" }
  },
  "cache.shared": {
    kind: "flag",
    says: "Whether callers with different keys see each other's answers.",
    default: false,
    router: cacheParameter("shared")
  },
  "cache.singleFlight": {
    kind: "flag",
    says: "Identical calls at the same time share one call to a deployment.",
    default: false,
    router: cacheParameter("single_flight")
  },
  "cache.mode": {
    kind: "choice",
    choices: ["default_on", "default_off"],
    says: "With `default_off`, the cache is used only for requests that say `use-cache`.",
    default: "default_on",
    router: cacheParameter("mode")
  },
  "cache.operations": {
    kind: "operations",
    says: "Operations whose answers are cached.",
    otherwise: "every operation",
    router: cacheParameter("supported_call_types")
  },
  "cache.groups": {
    kind: "groupLists",
    says: "Groups that share their cached answers, list by list.",
    router: ["router_settings.caching_groups"]
  },
  "cache.lookupTimeoutMs": {
    kind: "timeLimit",
    says: "Longest wait for the cache; then it counts as empty for a second.",
    default: 250,
    router: cacheParameter("lookup_timeout")
  },
  "cache.noCache": {
    kind: "flag",
    says: "Skips the lookup; the answer is still stored.",
    call: { body: ["cache.no-cache"], header: "cache-control", flight: "own" }
  },
  "cache.noStore": {
    kind: "flag",
    says: "Skips storing the answer; the lookup is still made.",
    call: { body: ["cache.no-store"], header: "cache-control", flight: "own" }
  },
  "cache.maxAgeMs": {
    kind: "duration",
    says: "Greatest age of a cached answer.",
    call: { body: ["cache.s-maxage", "cache.s-max-age"], header: "cache-control", flight: "own" }
  },
  "cache.useCache": {
    kind: "flag",
    says: "Whether the cache is used at all.",
    otherwise: "as `cache.mode` says",
    call: { body: ["cache.use-cache", "caching"], flight: "own" }
  }
};

// ../core/src/settings/candidates.ts
var candidates = {
  rpm: {
    kind: "amount",
    says: "Requests a minute; also the weight under `simple-shuffle` where no `weight` is set.",
    deployment: ["litellm_params.rpm", "rpm", "model_info.rpm"]
  },
  tpm: {
    kind: "amount",
    says: "Tokens a minute; also the weight where neither `weight` nor `rpm` is set.",
    deployment: ["litellm_params.tpm", "tpm", "model_info.tpm"]
  },
  maxParallelRequests: {
    kind: "count",
    says: "Calls at the same time.",
    otherwise: "`defaultMaxParallelRequests`",
    deployment: ["litellm_params.max_parallel_requests"]
  },
  defaultMaxParallelRequests: {
    kind: "count",
    says: "Calls at the same time, for deployments that do not set their own number.",
    router: ["router_settings.default_max_parallel_requests"]
  },
  limitAlgorithm: {
    kind: "choice",
    choices: ["window", "bucket"],
    says: "Whether limits count calendar minutes (`window`) or refill steadily (`bucket`).",
    default: "window",
    router: ["router_settings.limit_algorithm"]
  },
  weight: { kind: "amount", says: "Share of the traffic.", deployment: ["litellm_params.weight"] },
  order: { kind: "number", says: "Tier; lower ones are used up first.", deployment: ["litellm_params.order"] },
  enablePreCallChecks: {
    kind: "flag",
    says: "Skips deployments whose window or model does not fit the request.",
    default: false,
    router: ["router_settings.enable_pre_call_checks"]
  },
  enableTagFiltering: {
    kind: "flag",
    says: "Routes by tags.",
    default: false,
    router: ["router_settings.enable_tag_filtering"]
  },
  tagFilteringMatchAny: {
    kind: "flag",
    says: "Whether one common tag is enough.",
    default: true,
    router: ["router_settings.tag_filtering_match_any"]
  },
  tags: {
    kind: "texts",
    says: "Tags that a deployment has and a request asks for.",
    deployment: ["litellm_params.tags"],
    call: { body: ["tags"], header: "x-litellm-tags", inFallback: true, flight: "answer" }
  },
  regionName: {
    kind: "text",
    says: "Where the deployment is, for requests that allow only some regions.",
    deployment: ["litellm_params.region_name"]
  },
  allowedRegions: {
    kind: "oneOrMoreTexts",
    says: "Only deployments of these regions may serve.",
    call: { body: ["allowed_model_region"], inFallback: true, flight: "answer" }
  }
};

// ../core/src/settings/cooldowns.ts
var cooldowns = {
  allowedFails: {
    kind: "count",
    says: "Failures per minute that are allowed.",
    defaultBeside: { other: "allowedFailsPolicy", value: 3 },
    otherwise: "half of at least 5 calls; beside an `allowedFailsPolicy`, 3",
    router: ["router_settings.allowed_fails", "litellm_settings.allowed_fails"]
  },
  allowedFailsPolicy: {
    kind: "allowedFailsPolicy",
    says: "Failures per minute that are allowed, by class of failure.",
    router: ["router_settings.allowed_fails_policy"]
  },
  cooldownMs: {
    kind: "duration",
    says: "How long a cooldown lasts, at most a day; 0: no cooldowns.",
    default: 5e3,
    router: ["router_settings.cooldown_time"],
    group: ["cooldown_time"],
    deployment: ["litellm_params.cooldown_time"]
  },
  maxCooldownMs: {
    kind: "timeLimit",
    says: "Longest cooldown that a vendor's `Retry-After` can ask for, at most a day.",
    default: 36e5,
    router: ["router_settings.max_cooldown"]
  },
  disableCooldowns: {
    kind: "flag",
    says: "Turns cooldowns off.",
    default: false,
    router: ["router_settings.disable_cooldowns"]
  },
  slowStartMs: {
    kind: "duration",
    says: "How long a recovered deployment takes to get its full share back; 0: no time.",
    default: 0,
    router: ["router_settings.slow_start"]
  }
};

// ../core/src/settings/deployments.ts
function price(key, says) {
  const deployment = [`litellm_params.${key}`, `model_info.${key}`];
  return { kind: "price", says, otherwise: "the catalog's", deployment };
}
function capability(key, says) {
  return { kind: "capability", says, otherwise: "the catalog's", deployment: [`model_info.${key}`] };
}
var deployments = {
  modelName: {
    kind: "groupName",
    says: "The model group, or a pattern with `*` for names.",
    otherwise: "required",
    deployment: ["model_name"]
  },
  model: {
    kind: "modelName",
    says: "The vendor's model, with or without the provider before it.",
    otherwise: "required",
    deployment: ["litellm_params.model"]
  },
  provider: {
    kind: "text",
    says: "The provider, if `model` does not name it.",
    deployment: ["litellm_params.custom_llm_provider"]
  },
  id: {
    kind: "deploymentId",
    says: "A stable id.",
    otherwise: "a fingerprint of the settings",
    deployment: ["model_info.id"]
  },
  apiKey: { kind: "apiKey", says: "The vendor's key.", deployment: ["litellm_params.api_key"] },
  apiBase: {
    kind: "address",
    says: "Base URL of the API.",
    otherwise: "the provider's",
    deployment: ["litellm_params.api_base", "litellm_params.base_url"]
  },
  apiVersion: { kind: "text", says: "Version of the API.", deployment: ["litellm_params.api_version"] },
  organization: {
    kind: "headerText",
    says: "The organization that is billed; a list in a file makes a deployment of each.",
    deployment: ["litellm_params.organization"]
  },
  headers: {
    kind: "headers",
    says: "Headers that are sent with every call.",
    deployment: ["litellm_params.extra_headers"]
  },
  inputCostPerToken: price("input_cost_per_token", "US dollars per token of a prompt; 0 is a price."),
  outputCostPerToken: price("output_cost_per_token", "US dollars per token of an answer."),
  cachedInputCostPerToken: price("cache_read_input_token_cost", "US dollars per prompt token from the vendor's cache."),
  cacheWriteCostPerToken: price(
    "cache_creation_input_token_cost",
    "US dollars per prompt token written to the vendor's cache."
  ),
  cacheWriteHourCostPerToken: price(
    "cache_creation_input_token_cost_above_1hr",
    "US dollars per prompt token written to the vendor's cache for an hour."
  ),
  priceTiers: {
    kind: "priceTiers",
    says: "Prices of calls with long prompts; keys such as `input_cost_per_token_above_200k_tokens` in a file.",
    otherwise: "the catalog's",
    deployment: []
  },
  maxInputTokens: {
    kind: "amount",
    says: "Longest prompt, in tokens.",
    otherwise: "the catalog's",
    deployment: ["model_info.max_input_tokens", "model_info.max_tokens"]
  },
  baseModel: {
    kind: "text",
    says: "The public model behind a deployment's own name, for prices, windows and what it refuses.",
    deployment: ["litellm_params.base_model", "model_info.base_model"]
  },
  capabilities: { kind: "object", says: "What the model can do.", deployment: [] },
  "capabilities.tools": capability("supports_function_calling", "Whether the model can call tools."),
  "capabilities.vision": capability("supports_vision", "Whether the model can read images."),
  "capabilities.jsonSchema": capability("supports_response_schema", "Whether the model can answer by a JSON schema."),
  "capabilities.prefix": capability(
    "supports_assistant_prefill",
    "Whether the model can continue the beginning of an answer."
  ),
  defaults: {
    kind: "fields",
    says: "Request fields that apply if the request does not set them.",
    deployment: ["litellm_params.extra_body"]
  },
  refuses: {
    kind: "refusals",
    says: "What the host or model refuses, beyond what is known.",
    deployment: ["litellm_params.refuses"]
  },
  clientSideAuthParams: {
    kind: "clientSideParams",
    says: "What clients may bring: `api_key`, `api_base` (public addresses), or a pattern for addresses.",
    deployment: ["litellm_params.configurable_clientside_auth_params"]
  },
  continuation: {
    kind: "continuation",
    says: "Fields that ask the host to continue an answer from its beginning; {}: no field is needed.",
    otherwise: "what is known about the host",
    deployment: ["litellm_params.continuation"]
  },
  finishReasons: {
    kind: "finishReasons",
    says: "What finish reasons mean, by word: stop, length, content_filter, or the class of a failure.",
    deployment: ["litellm_params.finish_reasons"]
  },
  settings: { kind: "fields", says: "Settings that only the provider understands.", deployment: [] },
  info: {
    kind: "fields",
    says: "What else callers may know about the deployment.",
    deployment: ["model_info"]
  }
};

// ../core/src/settings/fallbacks.ts
var fallbacks = {
  fallbacks: {
    kind: "fallbacks",
    says: "Groups that follow after a failure.",
    router: ["router_settings.fallbacks", "litellm_settings.fallbacks"],
    call: { body: ["fallbacks"], kind: "requestFallbacks", flight: "effort" }
  },
  contextWindowFallbacks: {
    kind: "fallbacks",
    says: "Groups that follow after a prompt that was too long.",
    router: ["router_settings.context_window_fallbacks", "litellm_settings.context_window_fallbacks"],
    call: { body: ["context_window_fallbacks"], kind: "requestFallbacks", flight: "effort" }
  },
  contentPolicyFallbacks: {
    kind: "fallbacks",
    says: "Groups that follow after a rejection by a content policy.",
    router: ["router_settings.content_policy_fallbacks", "litellm_settings.content_policy_fallbacks"],
    call: { body: ["content_policy_fallbacks"], kind: "requestFallbacks", flight: "effort" }
  },
  defaultFallbacks: {
    kind: "fallbackList",
    says: "Groups that follow if a group has no list of its own.",
    router: ["router_settings.default_fallbacks", "litellm_settings.default_fallbacks"]
  },
  disableFallbacks: {
    kind: "flag",
    says: "Stops after the first group.",
    call: { body: ["disable_fallbacks"], flight: "effort" }
  },
  maxFallbacks: {
    kind: "count",
    says: "Groups tried after the first.",
    default: 5,
    router: ["router_settings.max_fallbacks", "litellm_settings.max_fallbacks"],
    call: { body: ["max_fallbacks"], ceiling: callerBounds.groups, flight: "effort" }
  }
};

// ../core/src/settings/names.ts
var names = {
  modelList: { kind: "deployments", says: "The deployments.", otherwise: "required", router: ["model_list"] },
  modelGroupAlias: {
    kind: "aliases",
    says: "Other names for groups.",
    router: ["router_settings.model_group_alias"]
  },
  groups: {
    kind: "groups",
    says: "Settings of single model groups.",
    router: ["router_settings.model_group_settings"]
  },
  routingGroups: {
    kind: "routingGroups",
    says: "Names for several groups together.",
    router: ["router_settings.routing_groups"]
  }
};

// ../core/src/settings/requests.ts
var requests = {
  defaultParams: {
    kind: "requestFields",
    says: "Request fields for every call that does not set them.",
    router: ["router_settings.default_litellm_params"]
  },
  dropParams: {
    kind: "dropParams",
    says: "Drops request fields that a host or model refuses, or only those in a list, instead of failing.",
    default: false,
    router: ["litellm_settings.drop_params"],
    deployment: ["litellm_params.drop_params"],
    call: { body: ["drop_params"], inFallback: true, flight: "answer" }
  },
  additionalDropParams: {
    kind: "fieldPaths",
    says: "Fields that are never sent, by name or by path, e.g. `tools[*].function.strict`.",
    router: ["litellm_settings.additional_drop_params"],
    deployment: ["litellm_params.additional_drop_params"],
    call: { body: ["additional_drop_params"], inFallback: true, flight: "answer" }
  },
  allowedOpenaiParams: {
    kind: "texts",
    says: "Fields that are sent even if the host or model is known to refuse them.",
    deployment: ["litellm_params.allowed_openai_params"],
    call: { body: ["allowed_openai_params"], inFallback: true, flight: "answer" }
  },
  midStreamFallback: {
    kind: "midStreamFallback",
    says: "What happens to a plain-text stream that breaks after its first content.",
    default: "error",
    router: ["router_settings.mid_stream_fallback"],
    call: { body: ["mid_stream_fallback"], flight: "own" }
  },
  holdBackEvents: {
    kind: "count",
    says: "Events of a stream that are held back, so that more failures stay invisible.",
    default: 0,
    router: ["router_settings.hold_back_events"],
    call: { body: ["hold_back_events"], ceiling: callerBounds.heldEvents, flight: "own" }
  },
  metadata: {
    kind: "fields",
    says: "Passed to strategies and callbacks, and never sent to a vendor.",
    call: { body: ["metadata", "litellm_metadata"], inFallback: true, flight: "own" }
  },
  clientAuth: {
    kind: "object",
    says: "The client's own connection, if a deployment's `clientSideAuthParams` allow it.",
    call: { inFallback: true, flight: "answer" }
  },
  "clientAuth.apiKey": {
    kind: "text",
    says: "The client's own key.",
    call: { body: ["api_key"], inFallback: true, flight: "answer" }
  },
  "clientAuth.apiBase": {
    kind: "text",
    says: "The client's own address.",
    call: { body: ["api_base", "base_url"], inFallback: true, flight: "answer" }
  },
  mockResponse: {
    kind: "text",
    says: "Answers with this text instead of calling a vendor.",
    deployment: ["litellm_params.mock_response"],
    call: { body: ["mock_response"], inFallback: true, flight: "answer" }
  },
  mockFailure: {
    kind: "choice",
    choices: ["general", "context_window", "content_policy", "rate_limit", "timeout"],
    says: "Fails the first group, to try out its fallbacks.",
    call: {
      body: [
        "mock_testing_fallbacks",
        "mock_testing_context_fallbacks",
        "mock_testing_content_policy_fallbacks",
        "mock_testing_rate_limit_error",
        "mock_timeout"
      ],
      flight: "answer"
    }
  },
  fromClient: {
    kind: "flag",
    says: "Whether a client chose these options, which are then limited as a body's fields are.",
    call: { flight: "own" }
  },
  signal: { kind: "signal", says: "Stops the call in every phase, within 100 ms.", call: { flight: "own" } },
  cancellation: {
    kind: "cancellation",
    says: "Like `signal`, for servers that make many calls.",
    call: { flight: "own" }
  },
  callId: {
    kind: "text",
    says: "Shown in the trail, headers and events.",
    otherwise: "a new id",
    call: { header: "x-litellm-call-id", flight: "own" }
  },
  requestText: {
    kind: "requestText",
    says: "The JSON text that the request was parsed from, for servers that have it.",
    call: { flight: "own" }
  },
  caller: {
    kind: "text",
    says: "Whose call it is, which partitions the response cache.",
    call: { flight: "answer" }
  }
};

// ../core/src/settings/retries.ts
var retries = {
  numRetries: {
    kind: "count",
    says: "Retries in each group.",
    default: 2,
    router: ["router_settings.num_retries", "litellm_settings.num_retries"],
    group: ["num_retries"],
    deployment: ["litellm_params.num_retries"],
    call: {
      body: ["num_retries", "max_retries"],
      header: "x-litellm-num-retries",
      ceiling: callerBounds.retries,
      inFallback: true,
      flight: "effort"
    }
  },
  retryPolicy: {
    kind: "retryPolicy",
    says: "Retries by class of failure.",
    router: ["router_settings.retry_policy"],
    group: ["retry_policy"]
  },
  modelGroupRetryPolicy: {
    kind: "groupRetryPolicies",
    says: "Retries by class of failure, for single groups.",
    router: ["router_settings.model_group_retry_policy"]
  },
  maxAttempts: {
    kind: "positiveCount",
    says: "Calls to deployments in all.",
    otherwise: "(1 + retries) in each group",
    router: ["router_settings.max_attempts"],
    call: { body: ["max_attempts"], ceiling: Number.POSITIVE_INFINITY, flight: "effort" }
  },
  retryAfterMs: {
    kind: "duration",
    says: "Shortest wait before the same deployment is tried again, at most 8 seconds.",
    default: 0,
    router: ["router_settings.retry_after"]
  },
  maxRetryWaitMs: {
    kind: "duration",
    says: "Longest wait for a retry if the group has a fallback, which is used instead of a longer wait.",
    default: 5e3,
    router: ["router_settings.max_retry_wait"]
  },
  retryBudget: {
    kind: "objectOrOff",
    says: "What retries may add to the load; false: no limit.",
    router: ["router_settings.retry_budget"]
  },
  "retryBudget.share": {
    kind: "share",
    says: "Retries for each request of the last 10 seconds.",
    default: 0.2,
    router: ["router_settings.retry_budget.share"]
  },
  "retryBudget.floorPerSecond": {
    kind: "rate",
    says: "Retries a second that are always allowed.",
    default: 10,
    router: ["router_settings.retry_budget.floor_per_second"]
  }
};

// ../core/src/settings/timeouts.ts
function phase(field, says) {
  return {
    kind: "timeLimit",
    says,
    router: [`router_settings.${field}`],
    group: [field],
    deployment: [`litellm_params.${field}`],
    call: { body: [field], flight: "effort" }
  };
}
var timeouts = {
  timeoutMs: {
    kind: "timeLimit",
    says: "The whole attempt of a plain call.",
    default: 6e5,
    router: ["router_settings.timeout", "litellm_settings.request_timeout"],
    group: ["timeout"],
    deployment: ["litellm_params.timeout", "litellm_params.request_timeout"],
    call: {
      body: ["timeout", "request_timeout"],
      header: "x-litellm-timeout",
      kind: "callTimeLimit",
      inFallback: true,
      flight: "effort"
    }
  },
  streamTimeoutMs: {
    kind: "timeLimit",
    says: "A stream's first token, and the gaps between its events.",
    otherwise: "`timeoutMs`",
    router: ["router_settings.stream_timeout"],
    group: ["stream_timeout"],
    deployment: ["litellm_params.stream_timeout"],
    call: {
      body: ["stream_timeout"],
      header: "x-litellm-stream-timeout",
      kind: "callTimeLimit",
      inFallback: true,
      // Streams are never shared.
      flight: "own"
    }
  },
  timeouts: {
    kind: "object",
    says: "Limits on the phases of an attempt.",
    router: [],
    group: [],
    deployment: [],
    call: { flight: "effort" }
  },
  "timeouts.connectMs": { ...phase("connect_timeout", "Until the connection is established."), default: 1e4 },
  "timeouts.headersMs": phase("headers_timeout", "Until status and headers have arrived."),
  "timeouts.firstTokenMs": {
    ...phase("first_token_timeout", "Until a stream's first content."),
    otherwise: "`streamTimeoutMs`"
  },
  "timeouts.idleMs": { ...phase("idle_timeout", "The longest gap in a stream."), otherwise: "`streamTimeoutMs`" },
  "timeouts.totalMs": {
    ...phase("total_timeout", "The whole attempt, streams included."),
    otherwise: "`timeoutMs`, for plain calls"
  },
  deadlineMs: {
    kind: "timeLimit",
    says: "Everything together: waits, attempts and fallbacks.",
    router: ["router_settings.deadline"],
    // Each caller has its own: one that gives up leaves the others waiting.
    call: { body: ["deadline"], kind: "callTimeLimit", ceiling: longestWaitMs, flight: "own" }
  }
};

// ../core/src/settings/table.ts
var settings = {
  ...names,
  ...retries,
  ...fallbacks,
  ...timeouts,
  ...cooldowns,
  ...candidates,
  ...requests,
  ...caching,
  ...deployments
};
var settingRows = Object.entries(
  settings
);
function rowsAt(place) {
  return settingRows.filter(([, setting]) => setting[place] !== void 0);
}

// ../core/src/options/rules.ts
var correct = "Correct it or omit it.";
function fault(path2, problem, fix = correct) {
  return { path: path2, problem, fix };
}
function kindOf(value) {
  if (value === null || value === void 0) return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "a string";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
function shown(value) {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 100));
  return typeof value === "number" || typeof value === "boolean" ? String(value) : kindOf(value);
}
var flag = (value, path2) => typeof value === "boolean" ? void 0 : fault(path2, `expected true or false, got ${shown(value)}.`);
var text2 = (value, path2) => typeof value === "string" ? void 0 : fault(path2, `expected a string, got ${kindOf(value)}.`);
var secret = (value, path2) => {
  const isWrapped = isJsonObject(value) && typeof value["reveal"] === "function";
  return isWrapped ? void 0 : text2(value, path2);
};
function revealed(value) {
  if (typeof value === "string") return value;
  const told = value.reveal();
  return typeof told === "string" ? told : void 0;
}
function sendable(rule, problemOf2) {
  return (value, path2) => {
    const found = rule(value, path2);
    if (found !== void 0) return found;
    const problem = problemOf2(revealed(value) ?? "");
    return problem === void 0 ? void 0 : fault(path2, problem, "Write it exactly as it should be sent.");
  };
}
var apiKey = sendable(secret, keyProblem);
var headerText = sendable(text2, (value) => headerValueProblem(value));
var headerSecret = sendable(secret, (value) => headerValueProblem(value));
var callable = (value, path2) => typeof value === "function" ? void 0 : fault(path2, `expected a function, got ${kindOf(value)}.`);
function name(fix) {
  return (value, path2) => {
    if (value === void 0 || value === "") return fault(path2, "a non-empty string is required.", fix);
    return typeof value === "string" ? void 0 : fault(path2, `expected a string, got ${kindOf(value)}.`, fix);
  };
}
function numeric({ least, most, above = false, whole = false, endless = false }) {
  const kind = whole ? "a whole number" : "a number";
  return (value, path2) => {
    const good = typeof value === "number" && (Number.isFinite(value) || endless && value === Number.POSITIVE_INFINITY) && (least === void 0 || (above ? value > least : value >= least)) && (most === void 0 || value <= most) && (!whole || Number.isInteger(value) || value === Number.POSITIVE_INFINITY);
    if (good) return void 0;
    const upTo = most === Number.MAX_SAFE_INTEGER && !(typeof value === "number" && value > most) ? void 0 : most;
    const range = rangeOf(least, upTo, above);
    return fault(path2, `it must be ${kind}${range} (got ${shown(value)}).`);
  };
}
function rangeOf(least, most, above) {
  if (least === void 0) return most === void 0 ? "" : ` up to ${String(most)}`;
  if (above) return ` above ${String(least)}${most === void 0 ? "" : `, up to ${String(most)}`}`;
  return most === void 0 ? `, ${String(least)} or more` : ` from ${String(least)} to ${String(most)}`;
}
var positive = numeric({ least: 0, above: true });
var atLeastZero = numeric({ least: 0 });
var count = numeric({ least: 0, whole: true });
function choice(known) {
  const choices = known.map((one2) => JSON.stringify(one2)).join(", ");
  return (value, path2) => {
    if (typeof value === "string" && known.includes(value)) return void 0;
    const near = typeof value === "string" ? didYouMean(value, known).trim() : "";
    return fault(path2, `it must be one of ${choices} (got ${shown(value)}).`, near === "" ? correct : near);
  };
}
function list(item, fix) {
  return (value, path2) => {
    if (!Array.isArray(value)) return fault(path2, `expected a list, got ${kindOf(value)}.`, fix);
    for (const [position, entry2] of value.entries()) {
      const found = item(entry2, `${path2}[${String(position)}]`);
      if (found !== void 0) return found;
    }
    return void 0;
  };
}
function shape(rules, {
  required = [],
  fix,
  unknown = (key, path2) => noSuchOption(key, path2, Object.keys(rules))
} = {}) {
  const byKey = new Map(Object.entries(rules));
  return (value, path2) => {
    if (!isJsonObject(value))
      return fault(path2 === "" ? "options" : path2, `expected an object, got ${kindOf(value)}.`, fix);
    const under = (key) => path2 === "" ? key : `${path2}.${key}`;
    for (const [key, entry2] of Object.entries(value)) {
      const rule = byKey.get(key);
      if (rule === void 0) return unknown(key, under(key));
      const found = entry2 === void 0 ? void 0 : rule(entry2, under(key));
      if (found !== void 0) return found;
    }
    for (const key of required) {
      const found = value[key] === void 0 ? byKey.get(key)?.(void 0, under(key)) : void 0;
      if (found !== void 0) return found;
    }
    return void 0;
  };
}
function noSuchOption(key, path2, known) {
  return fault(path2, "unknown option.", didYouMean(key, known).trim() || "Remove it.");
}
function checkOptions(options, rule, place) {
  refuse(rule(options, place));
}
function refuse(found) {
  if (found !== void 0) throw invalidOption(found.path, found.problem, found.fix);
}

// ../core/src/options/part.ts
function part({ what, example, methods, mayHave = [], texts: texts2 = [], lists = [] }) {
  const make = `Give ${what}, e.g. ${example}.`;
  return (value, path2) => {
    if (typeof value === "function" && !methods.every((method) => Object.hasOwn(value, method)))
      return example.includes("(") ? uncalled(value, path2, what, example) : fault(path2, `expected ${what}, got a function.`, make);
    if (typeof value !== "object" && typeof value !== "function" || value === null)
      return fault(path2, `expected ${what}, got ${shown(value)}.`, make);
    const fields = value;
    if (typeof fields["then"] === "function") return fault(path2, `expected ${what}, got a promise.`, "Await it.");
    for (const method of methods)
      if (typeof fields[method] !== "function") return fault(path2, `it has no method "${method}".`, make);
    for (const method of mayHave)
      if (fields[method] !== void 0 && typeof fields[method] !== "function")
        return fault(`${path2}.${method}`, `expected a function, got ${kindOf(fields[method])}.`);
    for (const key of texts2)
      if (typeof fields[key] !== "string" || fields[key] === "")
        return fault(`${path2}.${key}`, "a non-empty string is required.", "Give one.");
    for (const key of lists)
      if (!Array.isArray(fields[key])) return fault(`${path2}.${key}`, `expected a list, got ${kindOf(fields[key])}.`);
    return void 0;
  };
}
function uncalled(made, path2, what, example) {
  const { name: name2 } = made;
  const own = typeof name2 === "string" && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name2) && !path2.split(/[.[]/u).includes(name2);
  const isClass = own && /^class\b/u.test(Function.prototype.toString.call(made));
  const hint = own ? `Did you mean ${isClass ? "new " : ""}${name2}()?` : `Did you forget to call it, as in ${example}?`;
  return fault(path2, `expected ${what}, got ${isClass ? "a class" : "a function"}.`, hint);
}

// ../core/src/options/parts.ts
var clock = part({
  what: "a clock",
  example: "systemClock",
  methods: ["now", "setTimer", "clearTimer"]
});
var logger = part({
  what: "a logger",
  example: "pino()",
  methods: ["debug", "info", "warn", "error"]
});
var transport = part({
  what: "a transport",
  example: "createTransport()",
  methods: ["send", "close"]
});
var strategyPart = part({
  what: "a strategy",
  example: "leastBusy()",
  methods: ["pick"],
  mayHave: ["observe", "review", "snapshot", "restore", "learned", "hear"],
  texts: ["name"]
});

// src/headers.ts
function callIdOf(request) {
  const callId = request.header("x-litellm-call-id");
  return callId !== void 0 && /^[\w.:-]{1,128}$/u.test(callId) ? callId : systemRandom.id();
}
function refuseEncoded(request) {
  const encoding = request.header("content-encoding");
  if (encoding === void 0 || encoding === "identity") return;
  throw createError({
    kind: "bad_request",
    status: 415,
    code: "unsupported_encoding",
    message: `Content-Encoding ${encoding.slice(0, 40)} is not supported. Send the body uncompressed.`
  });
}
function refused(header, problem) {
  return createError({ kind: "bad_request", param: header, message: `The header ${header} ${problem}` });
}
function seconds(header, text3) {
  const value = Number(text3);
  if (text3.trim() === "" || !Number.isFinite(value) || value <= 0)
    throw refused(header, "must be a number of seconds above 0.");
  return value * 1e3;
}
function count2(header, text3) {
  if (!/^\d{1,4}$/u.test(text3.trim())) throw refused(header, "must be a whole number.");
  return Number(text3);
}
function texts(header, text3) {
  const list2 = text3.split(",").map((one2) => one2.trim()).filter((one2) => one2 !== "");
  const { listItems } = callerBounds;
  if (list2.length <= listItems) return list2;
  throw refused(header, `has ${String(list2.length)} tags, more than the ${String(listItems)} that a request may have.`);
}
var readers = { count: count2, callTimeLimit: seconds, texts };
var optionHeaders = rowsAt("call").flatMap(([name2, { kind, call }]) => {
  const header = call?.header;
  const read = readers[call?.kind ?? kind];
  return header === void 0 || read === void 0 || name2.includes(".") ? [] : [{ name: name2, header, read }];
});
function cacheControls(request) {
  const text3 = request.header("cache-control");
  if (text3 === void 0) return void 0;
  const directives = text3.split(",").map((directive) => directive.trim().toLowerCase());
  const ages = directives.flatMap((directive) => {
    const age = /^(?:s-maxage|max-age)="?(?<seconds>\d{1,9})"?$/u.exec(directive)?.groups?.["seconds"];
    return age === void 0 ? [] : [Number(age) * 1e3];
  });
  const controls = {
    ...directives.includes("no-cache") ? { noCache: true } : {},
    ...directives.includes("no-store") ? { noStore: true } : {},
    ...ages.length === 0 ? {} : { maxAgeMs: Math.min(...ages) }
  };
  return Object.keys(controls).length === 0 ? void 0 : controls;
}
function requestOptions(request, callId, caller) {
  const options = { fromClient: true, cancellation: request.cancellation, callId };
  if (caller !== void 0) options.caller = caller;
  for (let index = 0; index < optionHeaders.length; index += 1) {
    const row2 = optionHeaders[index];
    const text3 = request.header(row2.header);
    if (text3 !== void 0) options[row2.name] = row2.read(row2.header, text3);
  }
  const cache = cacheControls(request);
  if (cache !== void 0) options.cache = cache;
  return options;
}
function trailHeaders(trail) {
  const callId = headerSafe(trail.callId);
  const headers3 = {
    "x-litellm-call-id": callId,
    // OpenAI's clients show it as `_request_id` of answers and `request_id` of errors.
    "x-request-id": callId,
    "x-litellm-model-group": headerSafe(trail.modelGroup),
    "x-litellm-attempted-retries": String(trail.retries),
    "x-litellm-attempted-fallbacks": String(trail.fallbacks)
  };
  if (trail.deploymentId !== void 0) headers3["x-litellm-model-id"] = headerSafe(trail.deploymentId);
  if (trail.costUsd !== void 0) headers3["x-litellm-response-cost"] = String(trail.costUsd);
  if (trail.cacheKey !== void 0) headers3["x-litellm-cache-key"] = headerSafe(trail.cacheKey);
  if (trail.cappedParams !== void 0 && trail.cappedParams.length > 0)
    headers3["x-modelyard-capped"] = headerSafe(trail.cappedParams.join(", "));
  if (trail.cache !== "off") headers3["x-modelyard-cache"] = headerSafe(trail.cache);
  if (trail.droppedParams.length > 0) headers3["x-modelyard-dropped"] = headerSafe(trail.droppedParams.join(", "));
  return headers3;
}
function continuedTrailer({ attempts }) {
  let value = "";
  for (const { continues, deploymentId, outcome } of attempts)
    if (continues !== void 0 && outcome === "success")
      value += `${value === "" ? "" : ", "}${continues} ${headerSafe(deploymentId)}`;
  return value === "" ? void 0 : { "x-modelyard-continued": value };
}
var mostCharacters = 256;
function isOrdinary(text3) {
  if (text3.length > mostCharacters) return false;
  for (let index = 0; index < text3.length; index += 1) {
    const code = text3.charCodeAt(index);
    if (code < 32 || code > 126) return false;
  }
  return true;
}
function headerSafe(text3) {
  return isOrdinary(text3) ? text3 : text3.slice(0, mostCharacters).replaceAll(/[^\u0020-\u007E]/gu, "?");
}
function untriedHeaders(callId) {
  return {
    "x-litellm-call-id": callId,
    "x-request-id": callId,
    "x-litellm-attempted-retries": "0",
    "x-litellm-attempted-fallbacks": "0"
  };
}
var framingHeaders = /* @__PURE__ */ new Set([
  "connection",
  "content-length",
  "keep-alive",
  "transfer-encoding"
]);
var headerValue = /^[\t\u0020-\u007E\u0080-\u00FF]*$/u;
function isHeaderValue(value) {
  return headerValue.test(value);
}
function isStatus(status) {
  return Number.isInteger(status) && status >= 200 && status <= 599;
}
function withHeaders({ status, headers: own, body: body2 }, headers3) {
  if (!isStatus(status))
    throw new RangeError(`A surface wrote the status ${String(status)}. It must be one of 200 to 599.`);
  for (const name2 in own) {
    const value = own[name2];
    if (value === void 0 || framingHeaders.has(name2)) continue;
    if (!isHeaderValue(value)) throw new TypeError(`A surface wrote a header "${name2}" that HTTP does not allow.`);
    headers3[name2] = value;
  }
  return { status, headers: headers3, body: body2 };
}

// src/answers.ts
function json(status, value, headers3 = {}) {
  return { status, headers: { "content-type": "application/json", ...headers3 }, body: JSON.stringify(value) };
}
function toRouterError(thrown) {
  if (RouterError.isInstance(thrown)) return thrown;
  return createError({ kind: "internal_server", message: "Internal gateway error.", cause: thrown });
}
function errorAnswer(surface2, thrown, extra = {}) {
  const error = toRouterError(thrown);
  const headers3 = error.trail === void 0 ? {} : trailHeaders(error.trail);
  if (error.retryAfterMs !== void 0) {
    headers3["retry-after"] = String(Math.ceil(error.retryAfterMs / 1e3));
    headers3["retry-after-ms"] = String(Math.ceil(error.retryAfterMs));
  }
  if (error.kind === "quota_exhausted") headers3["x-should-retry"] = "false";
  const answer = surface2.writeError(error, error.trail?.callId ?? extra["x-litellm-call-id"]);
  const sendable2 = isStatus(answer.status) && answer.status >= 400;
  return withHeaders(sendable2 ? answer : { ...answer, status: 500 }, Object.assign(headers3, extra));
}

// src/http.ts
function isStream(body2) {
  return typeof body2 === "object" && !(body2 instanceof Uint8Array);
}
async function release(body2) {
  try {
    await body2.return?.();
  } catch {
  }
}

// src/event-body.ts
var EventBody = class {
  #parts;
  #trail;
  #writer;
  #faults;
  #over = false;
  /** @param faults - receives what the writer throws */
  constructor({ parts, trail }, writer, faults) {
    this.#parts = parts[Symbol.asyncIterator]();
    this.#trail = trail;
    this.#writer = writer;
    this.#faults = faults;
  }
  [Symbol.asyncIterator]() {
    return this;
  }
  async next() {
    while (!this.#over) {
      let result;
      try {
        result = await this.#parts.next();
      } catch (thrown) {
        return this.#broken(thrown);
      }
      const bytes2 = this.#written(result);
      if (bytes2 !== void 0 && bytes2.length > 0) return { done: false, value: bytes2 };
    }
    return { done: true, value: void 0 };
  }
  trailers() {
    return continuedTrailer(this.#trail);
  }
  async return() {
    this.#over = true;
    await this.#parts.return?.();
    return { done: true, value: void 0 };
  }
  #written(result) {
    try {
      if (result.done !== true) return this.#writer.part(result.value);
      this.#over = true;
      return this.#writer.end(this.#trail);
    } catch (fault2) {
      this.#faults.report(fault2);
      void release(this.#parts);
      return this.#broken(fault2).value;
    }
  }
  /** @throws what broke the stream, if the wire has no way to report it: then the connection is closed */
  #broken(thrown) {
    this.#over = true;
    let value;
    try {
      value = this.#writer.error(toRouterError(thrown));
    } catch (fault2) {
      this.#faults.report(fault2);
    }
    if (value === void 0) throw thrown;
    return { done: false, value };
  }
};

// src/path-tree.ts
var placeholder = /^\{(?<name>[a-z]\w*)(?<rest>\.\.\.)?\}$/iu;
function isPattern(path2) {
  return path2.includes("{");
}
var PathTree = class {
  #root = newNode();
  /**
   * The value of a pattern, created if there is none yet.
   * @throws `invalid_option` for a malformed pattern, or one that names its placeholders differently from another route
   */
  at(pattern2, make) {
    const names2 = [];
    let node = this.#root;
    const segments = pattern2.slice(1).split("/");
    for (const [index, segment2] of segments.entries()) {
      const { name: name2, rest } = placeholder.exec(segment2)?.groups ?? {};
      if (name2 === void 0 && /[{}]/u.test(segment2)) throw badPattern(pattern2, `"${segment2}" is not a placeholder`);
      if (name2 !== void 0) {
        if (names2.includes(name2)) throw badPattern(pattern2, `"${name2}" occurs twice`);
        names2.push(name2);
      }
      if (rest !== void 0) {
        if (index < segments.length - 1) throw badPattern(pattern2, `"${segment2}" is not at the end`);
        node.rest ??= { names: names2, value: make() };
        return valueOf(node.rest, names2, pattern2);
      }
      node = name2 === void 0 ? literal(node, segment2) : node.any ??= newNode();
    }
    node.leaf ??= { names: names2, value: make() };
    return valueOf(node.leaf, names2, pattern2);
  }
  find(path2) {
    const values = [];
    const leaf = walk(this.#root, path2, 1, values);
    if (leaf === void 0) return void 0;
    return {
      value: leaf.value,
      params: Object.fromEntries(leaf.names.map((name2, index) => [name2, decoded(values[index] ?? "")]))
    };
  }
};
function newNode() {
  return { literals: /* @__PURE__ */ new Map(), any: void 0, rest: void 0, leaf: void 0 };
}
function literal(node, segment2) {
  let next = node.literals.get(segment2);
  if (next === void 0) {
    next = newNode();
    node.literals.set(segment2, next);
  }
  return next;
}
function valueOf(leaf, names2, pattern2) {
  if (leaf.names.join() === names2.join()) return leaf.value;
  throw badPattern(pattern2, `another route calls the same segments {${leaf.names.join("}, {")}}`);
}
function badPattern(pattern2, problem) {
  return invalidOption("surfaces", `the path ${pattern2} cannot be served: ${problem}.`, "Write {name} or {name...}.");
}
function walk(node, path2, at2, values) {
  if (at2 > path2.length) return node.leaf;
  const slash = path2.indexOf("/", at2);
  const end = slash === -1 ? path2.length : slash;
  const segment2 = path2.slice(at2, end);
  const exact = node.literals.get(segment2);
  const found = exact === void 0 ? void 0 : walk(exact, path2, end + 1, values);
  if (found !== void 0) return found;
  if (node.any !== void 0 && segment2 !== "") {
    values.push(segment2);
    const below = walk(node.any, path2, end + 1, values);
    if (below !== void 0) return below;
    values.pop();
  }
  if (node.rest !== void 0 && at2 < path2.length) values.push(path2.slice(at2));
  return at2 < path2.length ? node.rest : void 0;
}
function decoded(text3) {
  try {
    return decodeURIComponent(text3);
  } catch {
    return text3;
  }
}

// src/route-table.ts
var noParams = Object.freeze({});
var RouteTable = class {
  /** What is served at paths without placeholders. */
  exact = /* @__PURE__ */ new Map();
  #patterns = new PathTree();
  #methods = /* @__PURE__ */ new Set();
  #surfaces;
  #faults;
  /** @param faults - receives what `accepts` of a route throws */
  constructor(surfaces2, faults) {
    this.#surfaces = surfaces2;
    this.#faults = faults;
  }
  /** All paths without placeholders. */
  get paths() {
    return [...this.exact.keys()];
  }
  /** All methods that are served anywhere, as a header lists them. */
  get methods() {
    return [...this.#methods].toSorted((one2, other) => one2.localeCompare(other)).join(", ");
  }
  /** Adds a route. It replaces those with the same method and path. */
  replace(method, path2, served) {
    this.#at(path2).set(method, { ...served, next: void 0 });
    this.#count(method);
  }
  /** Adds a route of a surface. @throws `invalid_option` if the same requests are served already */
  add(route2, served) {
    const accepts = this.#guarded(route2);
    for (const path2 of [route2.path, ...route2.aliases ?? []]) {
      const all = this.#at(path2);
      all.set(route2.method, joined(all.get(route2.method), { ...served, accepts, next: void 0 }, path2));
    }
    this.#count(route2.method);
  }
  /** What is served at a path that is not in `exact` as it is: it may end with a slash, or match a pattern. */
  match(path2) {
    const exact = path2.endsWith("/") ? this.exact.get(path2.slice(0, -1)) : void 0;
    if (exact !== void 0) return exact;
    const found = this.#patterns.find(path2);
    return found === void 0 ? void 0 : { served: found.value, params: found.params };
  }
  /** The surface with the path that has the most leading segments in common. If several do, the first one. */
  nearest(path2) {
    const [main] = this.#surfaces;
    let nearest = main;
    let most = 0;
    for (const surface2 of this.#surfaces)
      for (const route2 of surface2.routes)
        for (const served of [route2.path, ...route2.aliases ?? []]) {
          const shared2 = sharedSegments(served, path2);
          if (shared2 > most) [nearest, most] = [surface2, shared2];
        }
    return nearest;
  }
  /** `accepts` of a route. If it throws, the fault is reported, and the route does not accept the request. */
  #guarded(route2) {
    if (route2.accepts === void 0) return void 0;
    const accepts = route2.accepts.bind(route2);
    return (head) => {
      try {
        return accepts(head);
      } catch (fault2) {
        this.#faults.report(fault2);
        return false;
      }
    };
  }
  #at(path2) {
    if (isPattern(path2)) return this.#patterns.at(path2, () => /* @__PURE__ */ new Map());
    let found = this.exact.get(path2);
    if (found === void 0) {
      found = { served: /* @__PURE__ */ new Map(), params: noParams };
      this.exact.set(path2, found);
    }
    return found.served;
  }
  #count(method) {
    this.#methods.add(method);
    if (method === "GET") this.#methods.add("HEAD");
  }
};
function joined(first, added, path2) {
  if (first === void 0) return added;
  if (first.accepts !== void 0) {
    first.next = joined(first.next, added, path2);
    return first;
  }
  if (added.accepts !== void 0) return { ...added, next: first };
  throw invalidOption(
    "surfaces",
    `${path2} of ${added.owner} is already served by ${first.owner}.`,
    'Give one of the routes another path, or a function "accepts" that tells their requests apart.'
  );
}
function sharedSegments(served, path2) {
  const own = served.split("/");
  const asked2 = path2.split("/", own.length);
  const different = own.findIndex((segment2, index) => segment2 !== asked2[index]);
  return different === -1 ? own.length : different;
}

// src/keep-alive.ts
var KeepAlive = class {
  #pieces;
  #options;
  /** The next piece, if it was asked for and has not arrived. */
  #pending;
  constructor(pieces, options) {
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.#options = options;
  }
  [Symbol.asyncIterator]() {
    return this;
  }
  async next() {
    const { clock: clock2, everyMs, ping } = this.#options;
    this.#pending ??= this.#pieces.next();
    let timer = void 0;
    const silence = new Promise((resolve) => {
      timer = clock2.setTimer(() => {
        resolve(void 0);
      }, everyMs);
    });
    try {
      const result = await Promise.race([this.#pending, silence]);
      if (result === void 0) return { done: false, value: ping };
      this.#pending = void 0;
      return result;
    } finally {
      clock2.clearTimer(timer);
    }
  }
  async return() {
    await this.#pieces.return?.();
    return { done: true, value: void 0 };
  }
};

// src/services.ts
var defaultMaxBytes = 32 * 1024 * 1024;
var GatewayServices = class {
  engine;
  /** The longest request body, in bytes. */
  maxBytes;
  /** Set while the server drains: readiness answers 503, and so do new calls. */
  draining = false;
  #options;
  constructor(engine2, options) {
    this.engine = engine2;
    this.#options = options;
    this.maxBytes = options.maxRequestBytes ?? defaultMaxBytes;
  }
  report(fault2) {
    try {
      this.#options.onError?.(fault2);
    } catch {
    }
  }
  /** The answer to a request that failed, after reporting the failure to the option that is responsible for it. */
  failed(surface2, request, thrown, extra) {
    if (!RouterError.isInstance(thrown)) this.report(thrown);
    else if (thrown.trail === void 0) this.#refused(thrown, request);
    return this.errorAnswer(surface2, thrown, extra);
  }
  #refused(error, request) {
    try {
      this.#options.onRefused?.(error, request);
    } catch (fault2) {
      this.report(fault2);
    }
  }
  /** An error in the shape of `surface`. A surface that fails to write it is reported, and the answer is a plain 500. */
  errorAnswer(surface2, thrown, extra) {
    try {
      return errorAnswer(surface2, thrown, extra);
    } catch (fault2) {
      this.report(fault2);
      return { status: 500, headers: { "content-type": "text/plain" }, body: "Internal gateway error." };
    }
  }
  /** A stream with pings while it is silent, if pings are configured and its wire has them. */
  withPings(body2, ping) {
    const { pingMs, clock: clock2 = systemClock } = this.#options;
    if (pingMs === void 0 || ping === void 0) return body2;
    return new KeepAlive(body2, { clock: clock2, everyMs: pingMs, ping });
  }
};
function shuttingDown() {
  return createError({
    kind: "service_unavailable",
    code: "shutting_down",
    retryAfterMs: 1e3,
    message: "The server is shutting down. Try again; another instance will answer."
  });
}

// src/call-routes.ts
var OutcomeInContext = class {
  outcome;
  context;
  constructor(outcome, context) {
    this.outcome = outcome;
    this.context = context;
  }
};
var CallRoutes = class {
  #services;
  #surface;
  constructor(services, surface2) {
    this.#services = services;
    this.#surface = surface2;
  }
  handler(route2) {
    const exact = { route: route2, params: noParams };
    return (request, caller, params) => this.#answer(params === noParams ? exact : { route: route2, params }, request, caller);
  }
  async #answer(match, request, caller) {
    const callId = callIdOf(request);
    try {
      if (this.#services.draining) throw shuttingDown();
      refuseEncoded(request);
      const options = requestOptions(request, callId, caller);
      const outcome = await this.#execute(await request.body(this.#services.maxBytes), match, request, options);
      const response = this.#write(outcome);
      return response instanceof Promise ? await response : response;
    } catch (thrown) {
      const tried = RouterError.isInstance(thrown) && thrown.trail !== void 0;
      return this.#services.failed(this.#surface, request, thrown, tried ? void 0 : untriedHeaders(callId));
    }
  }
  /** Neither `async` nor part of `#answer` (docs/internals.md, "A waiting `async` function keeps its arguments"). */
  #execute(bytes2, match, head, options) {
    const call = this.#surface.read(bytes2, head, match);
    return call instanceof Promise ? this.#executeLater(call, match.route.operation, options) : this.#begin(call, match.route.operation, options);
  }
  async #executeLater(reading, operation, options) {
    const call = await reading;
    await nextTurn();
    return this.#begin(call, operation, options);
  }
  #begin(call, operation, options) {
    if (call.requestText !== void 0) options.requestText = call.requestText;
    const all = call.options === void 0 ? options : { ...call.options, ...options };
    const outcome = this.#services.engine.execute(operation, call.request, all);
    return call.context === void 0 ? outcome : inContext(outcome, call.context);
  }
  #write(executed) {
    return executed instanceof OutcomeInContext ? this.#writeOutcome(executed.outcome, executed.context) : this.#writeOutcome(executed, void 0);
  }
  #writeOutcome(outcome, context) {
    if (outcome.kind !== "answer") return this.#stream(outcome, context);
    const headers3 = trailHeaders(outcome.trail);
    const answer = this.#surface.write(outcome, context);
    return answer instanceof Promise ? writtenLater(answer, headers3) : withHeaders(answer, headers3);
  }
  #stream(outcome, context) {
    try {
      const writer = this.#surface.events(outcome.trail, context);
      const headers3 = trailHeaders(outcome.trail);
      headers3["content-type"] = writer.contentType;
      headers3["cache-control"] = "no-cache";
      headers3["x-accel-buffering"] = "no";
      const body2 = new EventBody(outcome, writer, this.#services);
      return { status: 200, headers: headers3, body: this.#services.withPings(body2, writer.ping), ending: body2 };
    } catch (thrown) {
      void release(outcome.parts[Symbol.asyncIterator]());
      throw thrown;
    }
  }
};
async function writtenLater(writing, headers3) {
  return withHeaders(await writing, headers3);
}
async function inContext(outcome, context) {
  return new OutcomeInContext(await outcome, context);
}

// src/checked-answer.ts
var headerName = /^[\w!#$%&'*+.^`|~-]+$/u;
function checkedAnswer(answer, route2) {
  refuseOther(answer, route2);
  const { status } = answer;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`${route2} answered with the status ${String(status)}. It must be one of 200 to 599.`);
  }
  const headers3 = {};
  for (const [name2, value] of Object.entries(answer.headers)) {
    if (!headerName.test(name2) || !isHeaderValue(value))
      throw new TypeError(`${route2} answered with a header ${JSON.stringify(name2)} that HTTP does not allow.`);
    if (!framingHeaders.has(name2.toLowerCase())) headers3[name2] = value;
  }
  return { ...answer, headers: headers3 };
}
function refuseOther(answer, route2) {
  const fix = "Give { status, headers, body }, the headers as a plain object.";
  if (!isJsonObject(answer))
    throw new TypeError(`${route2} answered with ${answer === null ? "null" : typeof answer}. ${fix}`);
  const { headers: headers3, body: body2 } = answer;
  if (!isJsonObject(headers3) || typeof headers3["forEach"] === "function")
    throw new TypeError(`${route2} answered with ${isJsonObject(headers3) ? "web" : "no"} headers. ${fix}`);
  const isText = body2 === void 0 || typeof body2 === "string" || body2 instanceof Uint8Array;
  if (!isText && typeof body2?.[Symbol.asyncIterator] !== "function")
    throw new TypeError(`${route2} answered with a body that is not a string, bytes or an async iterable. ${fix}`);
}

// src/watched-body.ts
var WatchedBody = class {
  #body;
  #report;
  constructor(body2, report) {
    this.#body = body2[Symbol.asyncIterator]();
    this.#report = report;
  }
  [Symbol.asyncIterator]() {
    return this;
  }
  async next() {
    try {
      return await this.#body.next();
    } catch (thrown) {
      if (!RouterError.isInstance(thrown)) this.#report(thrown);
      throw thrown;
    }
  }
  async return() {
    await this.#body.return?.();
    return { done: true, value: void 0 };
  }
};

// src/extra-routes.ts
var ServicedRequest = class {
  method;
  path;
  cancellation;
  #request;
  #services;
  #caller;
  #callId;
  constructor(request, services, caller) {
    this.#request = request;
    this.#services = services;
    this.#caller = caller;
    this.method = request.method;
    this.path = request.path;
    this.cancellation = request.cancellation;
  }
  get callId() {
    this.#callId ??= callIdOf(this.#request);
    return this.#callId;
  }
  /** The id, if the route has asked for it. */
  get usedCallId() {
    return this.#callId;
  }
  header(name2) {
    return this.#request.header(name2);
  }
  query(name2) {
    return this.#request.query?.(name2);
  }
  async body(limit = this.#services.maxBytes) {
    refuseEncoded(this.#request);
    return this.#request.body(limit);
  }
  options() {
    return requestOptions(this.#request, this.callId, this.#caller);
  }
};
function extraHandler(services, surface2, route2) {
  const { refusedWhileDraining = route2.method === "POST" } = route2;
  const report = (fault2) => {
    services.report(fault2);
  };
  return async (given, caller) => {
    const request = new ServicedRequest(given, services, caller);
    try {
      if (refusedWhileDraining && services.draining) throw shuttingDown();
      const { status, headers: headers3, body: body2, trail } = checkedAnswer(await route2.handle(request), route2.path);
      const all = trail === void 0 ? headers3 : { ...trailHeaders(trail), ...headers3 };
      if (!isStream(body2)) return { status, headers: all, body: body2 };
      return { status, headers: all, body: services.withPings(new WatchedBody(body2, report), route2.ping) };
    } catch (thrown) {
      const tried = RouterError.isInstance(thrown) && thrown.trail !== void 0;
      const { usedCallId } = request;
      const extra = tried || usedCallId === void 0 ? void 0 : untriedHeaders(usedCallId);
      return services.failed(surface2, given, thrown, extra);
    }
  };
}

// src/models.ts
function findModel(engine2, name2) {
  return engine2.resolve?.(name2) ?? engine2.models().find((entry2) => entry2.id === name2);
}
function unknownModel(name2, names2, param) {
  return createError({
    kind: "model_not_found",
    param,
    message: `There is no model "${name2.slice(0, 200)}".${didYouMean(name2, names2)}`
  });
}

// src/health.ts
function asked(engine2, request) {
  const all = engine2.state().groups.flatMap((group2) => group2.deployments);
  const id = request.query?.("model_id");
  if (id !== void 0) {
    const one2 = all.filter((deployment) => deployment.id === id);
    if (one2.length > 0) return one2;
    const ids = all.map((deployment) => deployment.id);
    throw unknownModel(id, ids, "model_id");
  }
  const name2 = request.query?.("model");
  if (name2 === void 0) return all;
  const group = findModel(engine2, name2)?.group;
  const some = all.filter(
    (deployment) => group === void 0 ? `${deployment.provider}/${deployment.model}` === name2 : deployment.group === group
  );
  if (some.length > 0) return some;
  const names2 = engine2.models().map((entry2) => entry2.id);
  throw unknownModel(name2, names2, "model");
}
function brief({ id, group, model, health, reason, until }) {
  const time = until === void 0 ? void 0 : showInstant(until);
  return { id, group, model, health, reason, until: time };
}
function healthAnswer(engine2, request) {
  const deployments2 = asked(engine2, request);
  const healthy = deployments2.filter(
    (deployment) => deployment.health === "healthy" || deployment.health === "recovering"
  );
  const unhealthy = deployments2.filter((deployment) => !healthy.includes(deployment));
  return json(200, {
    healthy_endpoints: healthy.map(brief),
    unhealthy_endpoints: unhealthy.map(brief),
    healthy_count: healthy.length,
    unhealthy_count: unhealthy.length
  });
}

// src/model-info.ts
function entry(name2, deployment) {
  const { id, provider, model, limits, weight, order, tags, region, prices, capabilities } = deployment;
  return {
    model_name: name2,
    litellm_params: {
      model: `${provider}/${model}`,
      rpm: limits.rpm,
      tpm: limits.tpm,
      max_parallel_requests: limits.maxParallelRequests,
      weight,
      order,
      tags: tags.length === 0 ? void 0 : tags,
      region_name: region
    },
    model_info: {
      input_cost_per_token: prices.inputCostPerToken,
      output_cost_per_token: prices.outputCostPerToken,
      cache_read_input_token_cost: prices.cachedInputCostPerToken,
      cache_creation_input_token_cost: prices.cacheWriteCostPerToken,
      cache_creation_input_token_cost_above_1hr: prices.cacheWriteHourCostPerToken,
      max_input_tokens: deployment.maxInputTokens,
      supports_function_calling: capabilities.tools,
      supports_vision: capabilities.vision,
      supports_response_schema: capabilities.jsonSchema,
      ...deployment.info,
      id,
      db_model: false,
      litellm_provider: provider
    }
  };
}
function modelInfo(engine2, request) {
  const deployments2 = engine2.deployments?.() ?? [];
  const asked2 = request.query?.("litellm_model_id");
  if (asked2 !== void 0) return json(200, { data: [withId(deployments2, asked2)] });
  const aliased = engine2.models().filter((listing) => listing.alias).flatMap(({ id, group }) => deployments2.filter((one2) => one2.group === group).map((one2) => entry(id, one2)));
  return json(200, { data: [...deployments2.map((one2) => entry(one2.group, one2)), ...aliased] });
}
function withId(deployments2, id) {
  const one2 = deployments2.find((deployment) => deployment.id === id);
  if (one2 !== void 0) return entry(one2.group, one2);
  const ids = deployments2.map((deployment) => deployment.id);
  throw unknownModel(id, ids, "litellm_model_id");
}

// src/own-routes.ts
function ownRoutes(services) {
  const { engine: engine2 } = services;
  const alive = () => json(200, { status: "alive" });
  const info = (head) => modelInfo(engine2, head);
  return [
    { path: "/model/info", open: false, answer: info },
    { path: "/v1/model/info", open: false, answer: info },
    { path: "/health/liveliness", open: true, answer: alive },
    { path: "/health/liveness", open: true, answer: alive },
    { path: "/health/readiness", open: true, answer: () => readiness(services) },
    { path: "/health", open: false, answer: (head) => healthAnswer(engine2, head) },
    { path: "/router/state", open: false, answer: () => json(200, engine2.state(), { "cache-control": "no-store" }) }
  ];
}
function readiness({ draining, engine: engine2 }) {
  if (draining) return json(503, { status: "draining" }, { "retry-after": "5" });
  const { shared: shared2 } = engine2.state();
  if (shared2 === void 0) return json(200, { status: "healthy" });
  return json(200, { status: "healthy", shared_state: shared2.available ? "available" : "away" });
}

// src/build-routes.ts
function buildRoutes(services, { surfaces: surfaces2, keyHeaders, extras }) {
  const routes = new RouteTable(surfaces2, services);
  const [main] = surfaces2;
  const own = { surface: main, owner: "the gateway", keyHeaders, accepts: void 0 };
  for (const route2 of ownRoutes(services))
    routes.replace("GET", route2.path, { ...own, open: route2.open, handle: (head) => route2.answer(head) });
  for (const surface2 of surfaces2) addSurface(routes, surface2, services);
  for (const extra of extras) {
    const handle = extraHandler(services, main, extra);
    routes.replace(extra.method, extra.path, { ...own, open: extra.open, handle });
  }
  return routes;
}
function addSurface(routes, surface2, services) {
  const calls = new CallRoutes(services, surface2);
  const { name: name2, keyHeaders = [] } = surface2;
  const { engine: engine2 } = services;
  const served = { surface: surface2, owner: `the surface "${name2}"`, keyHeaders };
  for (const route2 of surface2.routes) {
    if ("operation" in route2) {
      routes.add(route2, { ...served, open: false, handle: calls.handler(route2) });
      continue;
    }
    const handle = (head, _, params) => withHeaders(route2.answer(head, { engine: engine2, params }), {});
    routes.add(route2, { ...served, open: route2.open ?? false, handle });
  }
}

// src/check-options.ts
var masterKey = (value, path2) => {
  const found = secret(value, path2);
  if (found !== void 0) return found;
  const key = typeof value === "string" ? value : value.reveal();
  return typeof key === "string" && key !== "" ? void 0 : fault(path2, "a non-empty string is required.");
};
var origin = (value, path2) => {
  const problem = originProblem(value);
  return problem === void 0 ? void 0 : fault(path2, problem);
};
var host = (value, path2) => {
  const problem = hostProblem(value);
  return problem === void 0 ? void 0 : fault(path2, problem);
};
var above0 = numeric({ least: 0, above: true, endless: true });
var named = name("Name a header, or omit it.");
var path = (value, at2) => {
  const whole = 'Write the full path, e.g. "/metrics".';
  if (typeof value !== "string" || !value.startsWith("/")) return fault(at2, "it must begin with a slash.", whole);
  const odd = /[\s?#*{}]|\/:/u.exec(value)?.[0];
  return odd === void 0 ? void 0 : fault(at2, `patterns are not supported, and it contains ${JSON.stringify(odd)}.`, whole);
};
var bytes = (value, at2) => typeof value === "string" || value instanceof Uint8Array ? void 0 : fault(at2, `expected a string or bytes, got ${kindOf(value)}.`);
var route = shape(
  {
    method: choice(["GET", "POST"]),
    path,
    open: flag,
    refusedWhileDraining: flag,
    ping: bytes,
    handle: callable
  },
  { required: ["method", "path", "open", "handle"], fix: "Write { method, path, open, handle }." }
);
var pattern = (value, at2) => path(typeof value === "string" ? value.replaceAll(/[{}]/gu, "") : value, at2);
var lowerCase = (value, at2) => typeof value === "string" && value !== "" && value === value.toLowerCase() ? void 0 : fault(at2, `expected the name of a header in lower case, got ${shown(value)}.`);
var surfaceRoute = (value, at2) => {
  if (!isJsonObject(value)) return fault(at2, `expected a route, got ${kindOf(value)}.`);
  const { method, path: main, aliases = [], operation, answer } = value;
  return choice(["DELETE", "GET", "PATCH", "POST", "PUT"])(method, `${at2}.method`) ?? pattern(main, `${at2}.path`) ?? list(pattern)(aliases, `${at2}.aliases`) ?? (operation === void 0 ? callable(answer, `${at2}.answer`) : choice(operationNames)(operation, `${at2}.operation`));
};
var isSurface = part({
  what: "a surface",
  example: "openaiSurface",
  methods: ["read", "write", "writeError", "events"],
  texts: ["name"],
  lists: ["routes"]
});
var surface = (value, at2) => {
  const found = isSurface(value, at2);
  if (found !== void 0) return found;
  const { routes, keyHeaders = [] } = value;
  return list(surfaceRoute)(routes, `${at2}.routes`) ?? list(lowerCase)(keyHeaders, `${at2}.keyHeaders`);
};
var surfaces = (value, at2) => {
  const found = list(surface)(value, at2);
  if (found !== void 0) return found;
  return value.length > 0 ? void 0 : fault(at2, "it is empty, so nothing would be served.", "Give at least one, e.g. openaiSurface.");
};
var gatewayOptions = shape({
  surfaces,
  masterKey,
  keyHeader: named,
  allowedOrigins: list(origin),
  allowedHosts: list(host),
  maxRequestBytes: above0,
  pingMs: above0,
  clock,
  routes: list(route),
  onError: callable,
  onRefused: callable
});
function checkGateway(engine2, options) {
  const parts = engine2;
  if (![parts?.execute, parts?.models, parts?.state].every((method) => typeof method === "function"))
    throw invalidOption(
      "engine",
      "expected a router.",
      "Pass the result of createRouter: createGateway(router, options)."
    );
  checkOptions(options, gatewayOptions, "");
}

// src/cors.ts
var maxAge = "7200";
var headerNames = /^[\w!#$%&'*+.^`|~, \t-]{1,4096}$/u;
function isPreflight(request) {
  return request.method === "OPTIONS" && request.header("access-control-request-method") !== void 0;
}
var Cors = class {
  #allowed;
  #all;
  #needsKey;
  #hosts;
  #methods;
  /** @param methods - those that are served, as a header lists them */
  constructor({ masterKey: masterKey2, allowedOrigins }, hosts, methods) {
    this.#methods = methods;
    this.#hosts = hosts;
    this.#needsKey = masterKey2 !== void 0;
    this.#allowed = new Set(allowedOrigins ?? (this.#needsKey ? ["*"] : []));
    this.#all = this.#allowed.has("*");
  }
  /** Why a page of `origin` is refused, or `undefined` if it is allowed. */
  refusal(request, origin2) {
    if (this.#isAllowed(origin2)) return void 0;
    if (isPreflight(request) || !(this.#needsKey || isOwnPage(request, origin2, this.#hosts))) return notAllowed(origin2);
    return void 0;
  }
  /** Tells a browser that a page may send its request. */
  preflight(request) {
    const headers3 = {
      "access-control-allow-methods": this.#methods,
      "access-control-max-age": maxAge
    };
    const asked2 = request.header("access-control-request-headers");
    if (asked2 !== void 0 && headerNames.test(asked2)) headers3["access-control-allow-headers"] = asked2;
    return { status: 200, headers: headers3, body: void 0 };
  }
  /**
   * The same answer, with headers that say whether a page may read it.
   * @param origin - of the page that asks. `undefined`: no page asks, but a cache may give the answer to one
   */
  mark(answer, origin2) {
    if (this.#allowed.size === 0) return answer;
    const headers3 = { ...answer.headers };
    if (!this.#all) headers3["vary"] = headers3["vary"] === void 0 ? "origin" : `${headers3["vary"]}, origin`;
    if (this.#all || origin2 !== void 0 && this.#allowed.has(origin2)) {
      headers3["access-control-allow-origin"] = this.#all ? "*" : origin2 ?? "";
      headers3["access-control-expose-headers"] = "*";
    }
    return { ...answer, headers: headers3 };
  }
  #isAllowed(origin2) {
    return this.#all || this.#allowed.has(origin2);
  }
};
function isOwnPage(request, origin2, hosts) {
  const site = request.header("sec-fetch-site");
  if (site !== void 0) return site === "same-origin";
  const host2 = request.header("host");
  return host2 !== void 0 && hosts.isKnown(host2) && origin2 === `http://${host2}`;
}
function notAllowed(origin2) {
  return createError({
    kind: "permission_denied",
    code: "origin_not_allowed",
    message: `Pages of ${origin2.slice(0, 200)} may not call this server. Name the origin in allowedOrigins (cors_allow_origins in a file).`
  });
}

// src/hosts.ts
var ownName = /^(?:(?:[\w-]+\.)*localhost|\d+\.\d+\.\d+\.\d+|\[[\da-f:.]+\])$/iu;
var port = /:\d*$/u;
var probes = /* @__PURE__ */ new Set(["/health/liveliness", "/health/liveness", "/health/readiness"]);
var Hosts = class {
  #named;
  #open;
  /** The last name that was allowed. Nearly all requests have the same one, so it need not be checked again. */
  allowed;
  constructor({ masterKey: masterKey2, allowedOrigins = [], allowedHosts = [] }) {
    this.#named = new Set(allowedHosts.map(plain));
    this.#open = masterKey2 !== void 0 || allowedOrigins.includes("*") || this.#named.has("*");
  }
  /** Why a request with this `host` is refused, or `undefined` if it is allowed. */
  refusal(request, host2) {
    if (host2.includes(",")) return severalHosts();
    if (this.#open || this.isKnown(host2)) this.allowed = host2;
    else if (!probes.has(request.path)) return notAllowed2(host2);
    return void 0;
  }
  /** Whether a name, with or without a port, is allowed, or cannot belong to an attacker. */
  isKnown(host2) {
    const name2 = plain(host2).replace(port, "");
    return ownName.test(name2) || this.#named.has(name2) || this.#named.has(plain(host2));
  }
  /**
   * Why a request without `Origin` from a page of another site is refused. Browsers send such requests for what a page
   * embeds, e.g. images. The page cannot read the answer, but the work would be done. Following a link is allowed.
   */
  crossSiteRefusal(request) {
    if (this.#open || request.header("sec-fetch-site") !== "cross-site") return void 0;
    const follows = request.header("sec-fetch-mode") === "navigate" && request.header("sec-fetch-dest") === "document";
    return follows && request.method === "GET" ? void 0 : embedded();
  }
};
function plain(host2) {
  return host2.toLowerCase().replace(/\.(?=:\d*$|$)/u, "");
}
function severalHosts() {
  return createError({ kind: "bad_request", code: "invalid_host", message: "The request names more than one host." });
}
function notAllowed2(host2) {
  return createError({
    kind: "permission_denied",
    code: "host_not_allowed",
    message: `There is no master key, so requests for the host ${JSON.stringify(host2.slice(0, 200))} are refused to protect against DNS rebinding. Set a master key, or add the name to allowedHosts (general_settings.allowed_hosts in a file).`
  });
}
function embedded() {
  return createError({
    kind: "permission_denied",
    code: "origin_not_allowed",
    message: "Pages of other sites may not embed content from this server. Set a master key."
  });
}

// src/surfaces/json-body.ts
var decoder3 = new TextDecoder("utf-8", { fatal: true });
function bad(message) {
  return createError({ kind: "bad_request", message });
}
function textOf(bytes2) {
  try {
    return decoder3.decode(bytes2);
  } catch {
    throw bad("The request body is not valid UTF-8.");
  }
}
function parse(text3) {
  if (text3.trim() === "") throw bad("The request body is empty. Send a JSON object.");
  let value;
  try {
    value = JSON.parse(text3);
  } catch (cause) {
    const position = /position (?<position>\d+)/u.exec(String(cause))?.groups?.["position"];
    throw bad(`The request body is not valid JSON${position === void 0 ? "" : ` (at position ${position})`}.`);
  }
  if (!isJsonObject(value)) throw bad("The request body must be a JSON object.");
  return value;
}
var longText = 4096;
var BodyText = class {
  bytes;
  #fresh;
  constructor(bytes2, text3) {
    this.bytes = bytes2;
    this.#fresh = text3;
  }
  text() {
    const text3 = this.#fresh ?? textOf(this.bytes);
    this.#fresh = void 0;
    return text3;
  }
};
function callOf(bytes2, text3, repeated) {
  const request = parse(text3);
  if (repeated) return { request };
  return { request, requestText: bytes2.length > longText ? new BodyText(bytes2, text3) : text3 };
}
function withFields(call, params) {
  for (const name2 in params)
    if (call.request[name2] !== params[name2]) return { request: { ...call.request, ...params } };
  return call;
}
var longBody = 256 * 1024;
async function callLater(bytes2, params) {
  await nextTurn();
  const repeated = await checkLongShape(bytes2);
  await nextTurn();
  const text3 = textOf(bytes2);
  await nextTurn();
  const call = callOf(bytes2, text3, repeated);
  return params === void 0 ? call : withFields(call, params);
}
function readJson(bytes2, _head, match) {
  if (bytes2.length > longBody) return callLater(bytes2, match?.params);
  const repeated = checkJsonShape(bytes2);
  const call = callOf(bytes2, textOf(bytes2), repeated);
  return match === void 0 ? call : withFields(call, match.params);
}
var headers = { "content-type": "application/json" };
async function writeLong(value) {
  return { status: 200, headers, body: await writeJson(value) };
}
function writeAnswer({ bytes: bytes2, value }) {
  return bytes2 === void 0 && isLong(value) ? writeLong(value) : { status: 200, headers, body: bytes2 ?? JSON.stringify(value) };
}

// src/surfaces/openai-models.ts
function show2({ id, group }) {
  return { id, object: "model", created: 0, owned_by: "modelyard", root: group };
}
function listModels(engine2) {
  return json(200, { object: "list", data: engine2.models().map(show2) });
}
function showModel(engine2, name2) {
  const listing = findModel(engine2, name2);
  if (listing !== void 0) return json(200, show2({ ...listing, id: name2 }));
  const names2 = engine2.models().map((entry2) => entry2.id);
  throw unknownModel(name2, names2, "model");
}

// src/surfaces/openai.ts
var deploymentPrefixes = ["", "/v1"].flatMap((prefix) => [
  `${prefix}/engines/{model}`,
  `${prefix}/openai/deployments/{model}`
]);
function callRoute({ name: name2, path: path2 }) {
  const named2 = deploymentPrefixes.flatMap((prefix) => [`${prefix}${path2}`, `${prefix}/v1${path2}`]);
  return { method: "POST", path: `/v1${path2}`, aliases: [path2, ...named2], operation: name2 };
}
function continuations({ attempts }) {
  let text3 = "";
  for (const { continues, deploymentId, outcome } of attempts)
    if (continues !== void 0 && outcome === "success")
      text3 += `: x-modelyard-continued: ${continues} ${deploymentId}

`;
  return text3;
}
function written(part2) {
  if (part2.bytes !== void 0) return part2.bytes;
  let text3 = "";
  for (const chunk of part2.chunks) text3 += `data: ${JSON.stringify(chunk)}

`;
  return text3;
}
var events = {
  contentType: "text/event-stream; charset=utf-8",
  // A comment: readers of events skip it.
  ping: ": ping\n\n",
  part: written,
  end: (trail) => `${continuations(trail)}data: [DONE]

`,
  error: (error) => `data: ${JSON.stringify(error.toBody())}

`
};
var openaiSurface = {
  name: "openai",
  keyHeaders: ["x-api-key", "api-key"],
  routes: [
    ...Object.values(operations).map(callRoute),
    { method: "GET", path: "/v1/models", aliases: ["/models"], answer: (_, { engine: engine2 }) => listModels(engine2) },
    {
      method: "GET",
      path: "/v1/models/{id...}",
      aliases: ["/models/{id...}"],
      answer: (_, { engine: engine2, params }) => showModel(engine2, params["id"] ?? "")
    }
  ],
  read: readJson,
  write: writeAnswer,
  writeError: (error) => json(error.status, error.toBody()),
  events: () => events
};

// src/unknown-route.ts
var chat2 = "/v1/chat/completions";
var replaced = [
  {
    names: ["responses"],
    api: "The Responses API is not served",
    instead: `set your client to chat completions (POST ${chat2}), which all models here answer`
  },
  {
    names: ["conversations"],
    api: "The Responses API is not served",
    instead: `set your client to chat completions (POST ${chat2})`
  },
  {
    names: ["messages"],
    api: "Anthropic's API is not served",
    instead: `use a client of OpenAI's API (POST ${chat2}), where Claude answers too`
  },
  {
    names: ["complete"],
    api: "Anthropic's API is not served",
    instead: `use a client of OpenAI's API (POST ${chat2})`
  }
];
var others = new Set(
  "assistants audio batches containers evals files fine_tuning images moderations ocr rag realtime rerank search skills threads uploads vector_stores videos".split(" ")
);
var segment = /^(?:\/openai)?(?:\/deployments\/[^/]+|\/engines\/[^/]+)?(?:\/(?:v1|v2|beta))*\/(?<name>[a-z_]+)(?:\/|$)/u;
function firstSegment(path2) {
  return segment.exec(path2)?.groups?.["name"] ?? "";
}
function listed(paths) {
  const whole = paths.filter((path2) => !isPattern(path2));
  return whole.length < 2 ? whole.join("") : `${whole.slice(0, -1).join(", ")} and ${String(whole.at(-1))}`;
}
function advice(path2, surfaces2, paths) {
  const served = [...new Set(surfaces2.flatMap(({ routes }) => routes.map((route2) => route2.path)))];
  const offer = ` This server offers ${listed(served)}`;
  const near = () => didYouMean(path2, paths) || `${offer}.`;
  const name2 = firstSegment(path2);
  const servesChat = served.includes(chat2);
  if (servesChat && path2.includes("/chat/completions/"))
    return " Stored completions are not available here; ask the vendor directly.";
  if (served.some((one2) => firstSegment(one2) === name2)) return near();
  const known = replaced.find(({ names: names2 }) => names2.includes(name2));
  if (known !== void 0 && servesChat) return ` ${known.api}: ${known.instead}.`;
  if (known !== void 0) return ` ${known.api}.${offer}.`;
  return others.has(name2) ? `${offer}; send this request to the vendor directly.` : near();
}
function unknownRoute({ method, path: path2 }, surfaces2, paths) {
  const asked2 = `${method.slice(0, 20)} ${path2.slice(0, 200)}`;
  return createError({
    kind: "not_found",
    code: "unknown_route",
    message: `There is no ${asked2}.${advice(path2.slice(0, 2e3), surfaces2, paths)}`
  });
}

// src/gateway.ts
var Gateway = class {
  #services;
  #surfaces;
  #routes;
  /** Not set: nothing needs a key. */
  #keyCheck;
  #keyHeader;
  /** The key headers of all surfaces, for routes that belong to none of them. */
  #keyHeaders;
  #callers = new Callers();
  #hosts;
  #cors;
  constructor(engine2, options) {
    checkGateway(engine2, options);
    this.#services = new GatewayServices(engine2, options);
    this.#surfaces = options.surfaces ?? [openaiSurface];
    this.#keyHeader = options.keyHeader?.toLowerCase();
    const masterKey2 = Secret.of(options.masterKey);
    this.#keyCheck = masterKey2 === void 0 ? void 0 : keyCheck(masterKey2, this.#keyHeader);
    this.#keyHeaders = [...new Set(this.#surfaces.flatMap(({ keyHeaders = [] }) => keyHeaders))];
    const sources = { surfaces: this.#surfaces, keyHeaders: this.#keyHeaders, extras: options.routes ?? [] };
    this.#routes = buildRoutes(this.#services, sources);
    this.#hosts = new Hosts(options);
    this.#cors = new Cors(options, this.#hosts, this.#routes.methods);
  }
  /** Set while the server drains: readiness answers 503, and so do new calls. */
  get draining() {
    return this.#services.draining;
  }
  set draining(draining) {
    this.#services.draining = draining;
  }
  /** Answers one request; never rejects. */
  handle(request) {
    const host2 = request.header("host");
    if (host2 !== void 0 && host2 !== this.#hosts.allowed) {
      const refusal = this.#hosts.refusal(request, host2);
      if (refusal !== void 0) return Promise.resolve(this.#failed(request, refusal));
    }
    const origin2 = request.header("origin");
    if (origin2 === void 0 && request.method === "POST") return this.#answer(request);
    return this.#answerPage(request, origin2).then((answer) => this.#cors.mark(answer, origin2));
  }
  /**
   * What servers send instead of an answer that they could not send, e.g. because HTTP does not allow one of its headers.
   * @param thrown - why; it is reported to `onError`
   * @param request - the request, if the server knows it: the answer is in the shape that its client expects
   */
  unsendable(thrown, request) {
    const [main] = this.#surfaces;
    const surface2 = request === void 0 ? main : this.#surfaceOf(request);
    if (RouterError.isInstance(thrown)) return this.#services.errorAnswer(surface2, thrown);
    this.#services.report(thrown);
    const message = "The answer could not be sent.";
    return this.#services.errorAnswer(surface2, createError({ kind: "internal_server", message, cause: thrown }));
  }
  /** @param origin - of the page that asks; `undefined`: the request does not come from a page */
  #answerPage(request, origin2) {
    const refusal = origin2 === void 0 ? this.#hosts.crossSiteRefusal(request) : this.#cors.refusal(request, origin2);
    if (refusal !== void 0) return Promise.resolve(this.#failed(request, refusal));
    return origin2 !== void 0 && isPreflight(request) ? Promise.resolve(this.#cors.preflight(request)) : this.#answer(request);
  }
  #answer(request) {
    try {
      const answer = this.#route(request);
      return answer instanceof Promise ? answer : Promise.resolve(answer);
    } catch (thrown) {
      return Promise.resolve(this.#failed(request, thrown));
    }
  }
  /** May throw, but never rejects. */
  #route(request) {
    const found = this.#find(request.path);
    if (found === void 0) throw unknownRoute(request, this.#surfaces, this.#routes.paths);
    const { served, params } = found;
    const method = methodOf(served, request);
    const presented = presentedKey(request, this.#keyHeader, method?.keyHeaders ?? this.#keyHeaders);
    if (this.#keyCheck !== void 0 && !(method?.open ?? hasOpen(served))) {
      const failure = this.#keyCheck(presented);
      if (failure !== void 0) return this.#failed(request, failure, { "www-authenticate": "Bearer" });
    }
    if (method !== void 0) return method.handle(request, this.#callers.nameOf(presented), params);
    if (firstOf(served, request.method) !== void 0) throw unknownRoute(request, this.#surfaces, this.#routes.paths);
    const allow = [...served.keys()].join(", ");
    return this.#failed(request, wrongMethod(request, allow), { allow });
  }
  #find(path2) {
    return this.#routes.exact.get(path2) ?? this.#routes.match(path2);
  }
  #failed(request, thrown, extra) {
    return this.#services.failed(this.#surfaceOf(request), request, thrown, extra);
  }
  /** The surface whose clients send such requests. It writes the failures of requests that reach no route. */
  #surfaceOf(request) {
    const served = this.#find(request.path)?.served;
    const method = served === void 0 ? void 0 : methodOf(served, request);
    if (method !== void 0) return method.surface;
    const [first] = served?.values() ?? [];
    return first?.surface ?? this.#routes.nearest(request.path);
  }
};
function createGateway(engine2, options = {}) {
  return new Gateway(engine2, options);
}
function firstOf(served, method) {
  return served.get(method) ?? (method === "HEAD" ? served.get("GET") : void 0);
}
function methodOf(served, request) {
  let method = firstOf(served, request.method);
  while (method?.accepts !== void 0 && !method.accepts(request)) method = method.next;
  return method;
}
function hasOpen(served) {
  for (const { open } of served.values()) if (open) return true;
  return false;
}
function wrongMethod(request, allowed) {
  return createError({
    kind: "bad_request",
    status: 405,
    code: "method_not_allowed",
    message: `${request.path.slice(0, 200)} takes ${allowed}.`
  });
}

// src/node/node-request.ts
function tooLarge(limit) {
  return createError({ kind: "payload_too_large", message: `The request body is longer than ${String(limit)} bytes.` });
}
var NodeRequest = class {
  method;
  path;
  cancellation;
  #message;
  /** The lengths of the headers' names, as bits. */
  #lengths;
  constructor(message, cancellation) {
    this.#message = message;
    this.#lengths = lengthsOf(message.rawHeaders);
    this.cancellation = cancellation;
    this.method = message.method ?? "GET";
    const url = message.url ?? "/";
    const query = url.indexOf("?");
    this.path = query === -1 ? url : url.slice(0, query);
  }
  query(name2) {
    const url = this.#message.url ?? "";
    return url.length > this.path.length ? new URLSearchParams(url.slice(this.path.length)).get(name2) ?? void 0 : void 0;
  }
  header(name2) {
    if ((this.#lengths & 1 << name2.length) === 0) return void 0;
    const { rawHeaders } = this.#message;
    let found;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const key = rawHeaders[index] ?? "";
      if (key.length !== name2.length || key.toLowerCase() !== name2) continue;
      const value = rawHeaders[index + 1] ?? "";
      if (found === void 0) found = value;
      else if (name2 !== "authorization") found = `${found}, ${value}`;
    }
    return found;
  }
  body(limit) {
    const message = this.#message;
    return new Promise((resolve, reject) => {
      if (Number(this.header("content-length") ?? 0) > limit) {
        reject(tooLarge(limit));
        return;
      }
      const body2 = new WholeBody(
        limit,
        (bytes2) => {
          this.cancellation.remove(reject);
          resolve(bytes2);
        },
        reject
      );
      if (!giveBody(message, body2)) readBody(message, body2);
      this.cancellation.add(reject);
    });
  }
};
function lengthsOf(rawHeaders) {
  let lengths = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) lengths |= 1 << (rawHeaders[index] ?? "").length;
  return lengths;
}
function readBody(message, taker) {
  const onData = (piece) => {
    if (!taker.take(piece)) message.off("data", onData);
  };
  message.on("data", onData);
  message.on("end", () => {
    taker.end();
  });
}
var WholeBody = class {
  #limit;
  #resolve;
  #reject;
  #first = void 0;
  #pieces = void 0;
  #size = 0;
  /** @param limit - in bytes */
  constructor(limit, resolve, reject) {
    this.#limit = limit;
    this.#resolve = resolve;
    this.#reject = reject;
  }
  take(piece) {
    this.#size += piece.length;
    if (this.#size > this.#limit) {
      this.#reject(tooLarge(this.#limit));
      return false;
    }
    if (this.#first === void 0) this.#first = piece;
    else if (this.#pieces === void 0) this.#pieces = [this.#first, piece];
    else this.#pieces.push(piece);
    return true;
  }
  end() {
    this.#resolve(this.#pieces === void 0 ? this.#first ?? new Uint8Array() : Buffer.concat(this.#pieces));
  }
};
var giveTo = /* @__PURE__ */ Symbol("giveTo");
function directMessages(Base2) {
  return class DirectMessage extends Base2 {
    #taker = void 0;
    [giveTo](taker) {
      if (this.complete || this.readableLength > 0) return false;
      this.#taker = taker;
      this._read(0);
      return true;
    }
    /** Called by the parser. */
    push(piece, encoding) {
      const taker = this.#taker;
      if (taker === void 0) return super.push(piece, encoding);
      if (piece !== null && taker.take(piece)) return true;
      this.#taker = void 0;
      if (piece !== null) return super.push(piece);
      taker.end();
      return false;
    }
  };
}
function giveBody(message, taker) {
  return message[giveTo]?.(taker) ?? false;
}

// ../../../../../tmp/gwbench/entry.ts
var answerBytes = Buffer.from(JSON.stringify({ id: "1", object: "chat.completion", created: 1767225600, model: "m", choices: [{ index: 0, message: { role: "assistant", content: "Hello. ".repeat(60) }, finish_reason: "stop" }], usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 } }));
var size = Number(process.env.SIZE ?? 1e3);
var body = Buffer.from(JSON.stringify({ model: "m", messages: [{ role: "user", content: "x".repeat(size) }] }));
var engine = {
  execute(operation, request, options) {
    return Promise.resolve({ kind: "answer", bytes: answerBytes, value: void 0, trail: { callId: options.callId, modelGroup: "m", retries: 0, fallbacks: 0, deploymentId: "m-openai-1234567", costUsd: void 0, cacheKey: void 0, cappedParams: void 0, cache: "off", droppedParams: [], attempts: [] } });
  },
  models: () => [],
  state: () => ({}),
  resolve: () => void 0,
  deployments: () => [],
  close() {
  }
};
var gateway = createGateway(engine, { masterKey: "sk-master-1234567890" });
var Base = class {
  complete = false;
  readableLength = 0;
  method = "POST";
  url = "/v1/chat/completions";
  rawHeaders;
  constructor(h) {
    this.rawHeaders = h;
  }
  _read() {
  }
  push() {
    return true;
  }
};
var Message = directMessages(Base);
var headers2 = ["Host", "127.0.0.1:4000", "connection", "keep-alive", "Accept", "application/json", "User-Agent", "OpenAI/JS 6.1.0", "X-Stainless-Lang", "js", "X-Stainless-Package-Version", "6.1.0", "X-Stainless-OS", "Linux", "X-Stainless-Arch", "x64", "X-Stainless-Runtime", "node", "X-Stainless-Runtime-Version", "v24", "accept-language", "*", "sec-fetch-mode", "cors", "accept-encoding", "gzip", "authorization", "Bearer sk-master-1234567890", "content-type", "application/json", "content-length", String(body.length)];
function one() {
  const message = new Message(headers2);
  const promise = gateway.handle(new NodeRequest(message, new Cancellation()));
  message.push(body);
  message.push(null);
  return promise;
}
async function batch(n) {
  for (let i = 0; i < n; i += 64) {
    const all = [];
    for (let k = 0; k < 64; k++) all.push(one());
    await Promise.all(all);
  }
}
var r = await one();
if (r.status !== 200) throw new Error(String(r.body));
await batch(6e4);
var rounds = [];
for (let i = 0; i < 12; i++) {
  const a = process.cpuUsage();
  await batch(32e3);
  const b = process.cpuUsage(a);
  rounds.push((b.user + b.system) / 32e3);
}
rounds.sort((a, b) => a - b);
console.log(`${process.argv[1].split("/").at(-1)} us/call min ${rounds[0].toFixed(3)} median ${rounds[6].toFixed(3)}`);
