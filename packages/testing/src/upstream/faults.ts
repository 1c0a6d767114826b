/** What a fault of chats leaves for the caller to see. */
export interface FaultFacts {
  /**
   * Of a plain call: `failure` an answer that is none, `hang` silence, `empty` an answer that says nothing, `answer` a
   * good one (slow, large, or because the fault is one of streams only).
   */
  readonly plain: "failure" | "hang" | "empty" | "answer";
  /** Of a stream: as above; `cut`: it ends cleanly before its finish reason and its end mark. */
  readonly stream: "failure" | "hang" | "cut" | "empty" | "answer";
  /** Streams: whether content went out before it struck. */
  readonly afterContent: boolean;
}

const facts = (plain: FaultFacts["plain"], stream: FaultFacts["stream"], afterContent = false): FaultFacts => ({
  plain,
  stream,
  afterContent,
});

/** Ways in which an upstream goes wrong, other than by its status. For matrices: iterate over it. */
export const faults = {
  /** The connection stands, and nothing comes. */
  hang_before_headers: facts("hang", "hang"),
  /** Status and headers, then nothing; an Anthropic stream begins its message first. */
  hang_before_first_token: facts("hang", "hang"),
  /** Half an answer, then nothing. */
  hang_mid_stream: facts("hang", "hang", true),
  /** Keep-alive comments without end; plain calls: white space without end. */
  comments_only: facts("hang", "hang"),
  /** The connection is reset where an answer was due. */
  reset_before_headers: facts("failure", "failure"),
  reset_after_headers: facts("failure", "failure"),
  reset_mid_stream: facts("failure", "failure", true),
  /** No HTTP at all. */
  no_http: facts("failure", "failure"),
  /** The body ends cleanly before a finish reason or an end mark. Plain calls: half the body, then a reset. */
  truncated_stream: facts("failure", "cut", true),
  /** A good status and no body. */
  empty_body: facts("failure", "cut"),
  /** The finish reason is there, the end mark is not. */
  finish_without_done: facts("answer", "answer", true),
  /** The finish reason is there, and nothing more: no end mark, no end of the body. */
  finish_then_silence: facts("answer", "hang", true),
  /** All is said, end mark included, and the body never ends. Plain calls: half an answer. */
  never_closes: facts("hang", "answer", true),
  /** An event that is no JSON, then the end. */
  malformed_event: facts("answer", "failure", true),
  /** An event that is no JSON amid good ones. */
  malformed_event_amid: facts("answer", "failure", true),
  /** An error event as the first thing in a stream with a good status. */
  error_event_before_content: facts("answer", "failure"),
  error_event_after_content: facts("answer", "failure", true),
  /** A good status, and the body is an error. */
  error_in_200: facts("failure", "failure"),
  /**
   * A choice holds an error instead of an answer, with the finish reason that the behavior sets, or none. Streams: the
   * error is the first thing that comes, and the end mark follows. On a wire without choices: an error, as above.
   */
  choice_error_before_content: facts("failure", "failure"),
  /** The same after some content; plain calls: besides it. */
  choice_error_after_content: facts("failure", "failure", true),
  /** The answer goes on after a finish reason, and ends with another one. */
  content_after_finish: facts("answer", "answer", true),
  /** The finish reason comes twice. */
  repeated_finish: facts("answer", "answer", true),
  /** No choices, no embeddings, no content blocks. Streams: the end mark alone. */
  no_choices: facts("failure", "empty"),
  /** An answer whose text is empty. */
  empty_content: facts("empty", "empty"),
  /** A web page. */
  wrong_content_type: facts("failure", "failure"),
  /** Half the JSON, cleanly ended. Streams: half of it as JSON. */
  truncated_json: facts("failure", "failure"),
  /** Byte by byte. */
  trickle: facts("answer", "answer"),
  /** Two megabytes at once. */
  huge_chunk: facts("answer", "answer"),
} as const satisfies Readonly<Record<string, FaultFacts>>;

export type Fault = keyof typeof faults;

export const faultNames = Object.keys(faults) as readonly Fault[];
