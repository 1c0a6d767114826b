import type { VendorFailureName } from "./failure.js";
import { failureOf } from "./dialect.js";
import { callerGone, type Exchange } from "./exchange.js";
import { playAnswer } from "./play-answer.js";
import { playStream } from "./play-stream.js";
import { strictRefusal } from "./strict-hosts.js";

/** Plays the behavior, until it ends or the caller disconnects. */
export async function play(exchange: Exchange): Promise<void> {
  try {
    await perform(exchange);
  } catch (thrown) {
    if (thrown !== callerGone) throw thrown;
  }
}

async function perform(exchange: Exchange): Promise<void> {
  const { sent, behavior } = exchange;
  const refusal =
    behavior.strict === undefined || sent.dialect === "anthropic"
      ? undefined
      : strictRefusal(behavior.strict, sent.body);
  if (refusal !== undefined)
    return exchange.whole(refusal.status, { "content-type": "application/json" }, refusal.body);
  await exchange.wait(behavior.delayMs);
  if (behavior.fault === "hang_before_headers") return exchange.hang();
  if (behavior.fault === "reset_before_headers") return exchange.reset();
  if (behavior.fault === "no_http") {
    exchange.sendGarbage("SSH-2.0-OpenSSH_9.6\r\n");
    return undefined;
  }
  const { status = 200 } = behavior;
  if (behavior.failure !== undefined) return fail(exchange, behavior.failure);
  if (behavior.body !== undefined) return exchange.whole(status, { "content-type": "application/json" }, behavior.body);
  if (status >= 300) return fail(exchange, status);
  return sent.stream ? playStream(exchange) : playAnswer(exchange);
}

function fail(exchange: Exchange, what: number | VendorFailureName): Promise<void> {
  const { sent, behavior } = exchange;
  const { status, body, headers } = failureOf(sent, what);
  return exchange.whole(status, headers, behavior.body ?? body);
}
