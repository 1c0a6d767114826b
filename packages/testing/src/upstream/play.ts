import type { VendorFailureName } from "./failure.js";
import { failureOf } from "./dialect.js";
import { curtain, type Exchange } from "./exchange.js";
import { playAnswer } from "./play-answer.js";
import { playStream } from "./play-stream.js";
import { strictRefusal } from "./strict-hosts.js";

/** Does what the behaviour says, until it is done or the caller has left. */
export async function play(exchange: Exchange): Promise<void> {
  try {
    await perform(exchange);
  } catch (thrown) {
    if (thrown !== curtain) throw thrown;
  }
}

async function perform(exchange: Exchange): Promise<void> {
  const { asked, behaviour } = exchange;
  const refusal =
    behaviour.strict === undefined || asked.dialect === "anthropic"
      ? undefined
      : strictRefusal(behaviour.strict, asked.body);
  if (refusal !== undefined)
    return exchange.whole(refusal.status, { "content-type": "application/json" }, refusal.body);
  await exchange.wait(behaviour.delayMs);
  if (behaviour.fault === "hang_before_headers") return exchange.hang();
  if (behaviour.fault === "reset_before_headers") return exchange.reset();
  if (behaviour.fault === "no_http") {
    exchange.babble("SSH-2.0-OpenSSH_9.6\r\n");
    return undefined;
  }
  const { status = 200 } = behaviour;
  if (behaviour.failure !== undefined) return fail(exchange, behaviour.failure);
  if (behaviour.body !== undefined)
    return exchange.whole(status, { "content-type": "application/json" }, behaviour.body);
  if (status >= 300) return fail(exchange, status);
  return asked.stream ? playStream(exchange) : playAnswer(exchange);
}

function fail(exchange: Exchange, what: number | VendorFailureName): Promise<void> {
  const { asked, behaviour } = exchange;
  const { status, body, headers } = failureOf(asked, what);
  return exchange.whole(status, headers, behaviour.body ?? body);
}
