import { answerText, emptyAnswerText, failedAnswerText, failureOf } from "./dialect.js";
import type { Exchange } from "./exchange.js";
import { hugeText, page } from "./sizes.js";

const json = { "content-type": "application/json" };

/** Sends a plain answer, with the fault of the behavior. */
export async function playAnswer(exchange: Exchange): Promise<void> {
  const { sent, behavior } = exchange;
  const body = answerText(sent, behavior);
  const half = body.slice(0, Math.floor(body.length / 2));
  switch (behavior.fault) {
    case "error_in_200":
      return exchange.whole(200, json, failureOf(sent, behavior.eventFailure ?? "server_error").body);
    case "choice_error_before_content":
      return exchange.whole(200, json, failedAnswerText(sent, behavior, 0));
    case "choice_error_after_content":
      return exchange.whole(200, json, failedAnswerText(sent, behavior, Math.max(1, behavior.faultAfter ?? 1)));
    case "no_choices":
      return exchange.whole(200, json, emptyAnswerText(sent, behavior));
    case "empty_content":
      return exchange.whole(200, json, answerText(sent, { ...behavior, text: "" }));
    case "empty_body":
      return exchange.whole(200, json, "");
    case "wrong_content_type":
      return exchange.whole(200, { "content-type": "text/html" }, page);
    case "truncated_json":
      return exchange.whole(200, json, half);
    case "huge_chunk":
      return exchange.whole(200, json, answerText(sent, { ...behavior, text: hugeText }));
    case "hang_before_first_token":
      exchange.head(200, json);
      return exchange.hang();
    case "comments_only":
      exchange.head(200, json);
      return exchange.hang(behavior.commentMs ?? 20, " ");
    case "hang_mid_stream":
    case "never_closes":
      exchange.head(200, json);
      await exchange.write(half);
      return exchange.hang();
    case "reset_after_headers":
      exchange.head(200, { ...json, "content-length": String(body.length) });
      return exchange.reset();
    case "reset_mid_stream":
    case "truncated_stream":
      exchange.head(200, { ...json, "content-length": String(body.length) });
      await exchange.write(half);
      return exchange.reset();
    default:
      return exchange.whole(200, json, body);
  }
}
