/** What the caller of a chat sees of a fault. */
export interface FaultFacts {
  /**
   * For a plain call: `failure`: an invalid answer. `hang`: silence. `empty`: an answer without content. `answer`: a valid
   * answer, which may be slow or large, or is not affected since the fault is one of streams.
   */
  readonly plain: "failure" | "hang" | "empty" | "answer";
  /** For a stream: as above. `cut`: it ends cleanly before its finish reason and its end mark. */
  readonly stream: "failure" | "hang" | "cut" | "empty" | "answer";
  /** For streams: whether content is sent before the fault. */
  readonly afterContent: boolean;
}

const facts = (plain: FaultFacts["plain"], stream: FaultFacts["stream"], afterContent = false): FaultFacts => ({
  plain,
  stream,
  afterContent,
});

/** Faults of an upstream other than a status. Iterate over it to test them all. */
export const faults = {
  /** Accepts the connection and sends nothing. */
  hang_before_headers: facts("hang", "hang"),
  /** Sends status and headers, then nothing. An Anthropic stream sends its `message_start` as well. */
  hang_before_first_token: facts("hang", "hang"),
  /** Sends half an answer, then nothing. */
  hang_mid_stream: facts("hang", "hang", true),
  /** Sends endless keep-alive comments. For plain calls: endless white space. */
  comments_only: facts("hang", "hang"),
  /** Resets the connection instead of answering. */
  reset_before_headers: facts("failure", "failure"),
  reset_after_headers: facts("failure", "failure"),
  reset_mid_stream: facts("failure", "failure", true),
  /** Sends bytes that are not HTTP. */
  no_http: facts("failure", "failure"),
  /** Ends the body cleanly before the finish reason and the end mark. For plain calls: half the body, then a reset. */
  truncated_stream: facts("failure", "cut", true),
  /** Sends status 200 and no body. */
  empty_body: facts("failure", "cut"),
  /** Sends the finish reason, but no end mark. */
  finish_without_done: facts("answer", "answer", true),
  /** Sends the finish reason, but neither an end mark nor the end of the body. */
  finish_then_silence: facts("answer", "hang", true),
  /** Sends everything including the end mark, but never ends the body. For plain calls: half an answer. */
  never_closes: facts("hang", "answer", true),
  /** Sends an event that is not JSON, then ends. */
  malformed_event: facts("answer", "failure", true),
  /** Sends an event that is not JSON among valid ones. */
  malformed_event_amid: facts("answer", "failure", true),
  /** Starts a stream with status 200 by an error event. */
  error_event_before_content: facts("answer", "failure"),
  error_event_after_content: facts("answer", "failure", true),
  /** Sends status 200 with an error as the body. */
  error_in_200: facts("failure", "failure"),
  /**
   * Sends a choice with an error instead of an answer, and with the finish reason of the behavior, if any. For streams: the
   * error comes first, followed by the end mark. On a wire without choices: an error as above.
   */
  choice_error_before_content: facts("failure", "failure"),
  /** The same, after some content. For plain calls: together with some content. */
  choice_error_after_content: facts("failure", "failure", true),
  /** Continues the answer after a finish reason, and ends it with another one. */
  content_after_finish: facts("answer", "answer", true),
  /** Sends the finish reason twice. */
  repeated_finish: facts("answer", "answer", true),
  /** Sends no choices, embeddings or content blocks. For streams: only the end mark. */
  no_choices: facts("failure", "empty"),
  /** Sends an answer with an empty text. */
  empty_content: facts("empty", "empty"),
  /** Sends a web page. */
  wrong_content_type: facts("failure", "failure"),
  /** Sends half the JSON and ends cleanly. For streams: half of a plain answer. */
  truncated_json: facts("failure", "failure"),
  /** Sends single bytes. */
  trickle: facts("answer", "answer"),
  /** Sends two megabytes in one piece. */
  huge_chunk: facts("answer", "answer"),
} as const satisfies Readonly<Record<string, FaultFacts>>;

export type Fault = keyof typeof faults;

export const faultNames = Object.keys(faults) as readonly Fault[];
