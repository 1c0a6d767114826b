import { boundedCount, boundedWait, type RateLimitReport } from "@modelyard/core/kit";

const minuteMs = 60_000;
/** How long a report counts, in milliseconds. After that one call goes through, which brings the next report. */
const trustedMs = minuteMs;
/** Reports whose quota is full again at the same instant, up to this difference, are about a window. */
const sameInstantMs = 1_000;
/** How fast an estimate rises to what reports say. It falls at once. */
const rise = 0.05;

type QuotaReport = NonNullable<RateLimitReport["tokens"]>;

/** When a call was sent, and how much had been charged by then, itself included. */
interface Sent {
  readonly at: number;
  readonly charged: number;
}

/**
 * One quota of a vendor: how much is left, judging by its last report and by what was sent since. Every call is charged when
 * it is sent, because vendors do so, too.
 */
class MirroredQuota {
  #most = 0;
  #left = 0;
  #at = 0;
  /** What flows back per millisecond. */
  #rate = 0;
  /** When it is full again. */
  #fullAt = 0;
  #heardAt = Number.NEGATIVE_INFINITY;
  /** Above 1: it is full again at each full window, instead of flowing back. */
  #windowVotes = 0;
  /** All that was ever charged. */
  charged = 0;

  /** Milliseconds until `amount` is admitted; 0: now. More than the whole quota is admitted when it is full. */
  wait(amount: number, now: number): number {
    const distrusted = this.#heardAt + trustedMs - now;
    if (distrusted <= 0) return 0;
    this.#advance(now);
    const missing = Math.min(amount, this.#most) - this.#left;
    if (missing <= 1e-6) return 0;
    const untilFull = Math.max(1, this.#fullAt - now);
    const wait = this.#isWindow || this.#rate === 0 ? untilFull : missing / this.#rate;
    return Math.min(wait, distrusted);
  }

  take(amount: number, now: number): void {
    this.#advance(now);
    this.#left -= amount;
    this.charged += amount;
  }

  giveBack(amount: number, now: number): void {
    this.#advance(now);
    this.#left = Math.min(this.#most, this.#left + amount);
    this.charged -= amount;
  }

  /** @param sent - the call whose answer brought the report, if it was charged here */
  report(report: QuotaReport, sent: Sent | undefined, now: number): void {
    const remaining = boundedCount(report.remaining);
    if (remaining === undefined) return;
    this.#advance(now);
    const isFirst = this.#heardAt + trustedMs <= now;
    this.#most = boundedCount(report.limit) ?? Math.max(this.#most, remaining);
    this.#heardAt = now;
    const resetMs = boundedWait(report.resetMs);
    if (resetMs !== undefined && resetMs > 0 && remaining < this.#most)
      this.#learnShape((this.#most - remaining) / resetMs, now + resetMs);
    // Vendors count what is left when the call arrives or when they answer it. What was sent meanwhile is only in the latter.
    const refilled = sent === undefined || this.#isWindow ? 0 : this.#rate * (now - sent.at);
    const sinceThen = sent === undefined ? 0 : this.charged - sent.charged;
    const ifEarly = remaining + refilled - sinceThen;
    const low = Math.min(ifEarly, remaining, this.#most);
    const high = Math.min(Math.max(ifEarly, remaining), this.#most);
    if (isFirst) this.#left = low;
    else if (this.#left > high) this.#left = high;
    else if (this.#left < low) this.#left += rise * (low - this.#left);
  }

  /** The vendor refused a call of this amount, and said when it may be sent again. */
  refused(amount: number, retryAfterMs: number, now: number): void {
    // Nothing is known of it.
    if (this.#most === 0) return;
    this.#advance(now);
    this.#heardAt = now;
    this.#left = Math.min(this.#left, Math.min(amount, this.#most) - Math.max(1, this.#rate * retryAfterMs));
  }

  get #isWindow(): boolean {
    return this.#windowVotes > 1;
  }

  #learnShape(rate: number, fullAt: number): void {
    const sameInstant = Math.abs(fullAt - this.#fullAt) <= sameInstantMs;
    const sameRate = this.#rate > 0 && Math.abs(rate - this.#rate) <= 0.1 * this.#rate;
    if (sameInstant && !sameRate) this.#windowVotes = Math.min(3, this.#windowVotes + 1);
    if (sameRate && !sameInstant) this.#windowVotes = Math.max(-3, this.#windowVotes - 1);
    this.#fullAt = fullAt;
    // Vendors say limits per minute. If the reports agree with that, rounded times do not count.
    const perMinute = this.#most / minuteMs;
    const likely = rate > perMinute / 2 && rate < perMinute * 2 ? perMinute : rate;
    this.#rate = this.#rate === 0 ? likely : this.#rate + 0.2 * (likely - this.#rate);
  }

  #advance(now: number): void {
    const passed = now - this.#at;
    this.#at = now;
    if (passed <= 0) return;
    if (!this.#isWindow) this.#left = Math.min(this.#most, this.#left + this.#rate * passed);
    else if (now >= this.#fullAt) {
      this.#left = this.#most;
      this.#fullAt += Math.ceil((now - this.#fullAt + 1) / minuteMs) * minuteMs;
    }
  }
}

/** What one call has taken from a {@link LimitMirror}. */
export interface MirroredCall {
  readonly tokens: number;
  readonly at: number;
  readonly requestsCharged: number;
  readonly tokensCharged: number;
}

/**
 * What is left of a vendor's own limits, as its headers say and as far as this process has used them since. Other processes
 * show in the next report. How a quota comes back, steadily or at the end of a window, is learned from the reports.
 */
export class LimitMirror {
  readonly #requests = new MirroredQuota();
  readonly #tokens = new MirroredQuota();

  /** Milliseconds until the vendor admits a call with these tokens; 0: now. */
  waitMs(now: number, tokens: number): number {
    return Math.max(this.#requests.wait(1, now), this.#tokens.wait(tokens, now));
  }

  take(now: number, tokens: number): MirroredCall {
    this.#requests.take(1, now);
    this.#tokens.take(tokens, now);
    return { tokens, at: now, requestsCharged: this.#requests.charged, tokensCharged: this.#tokens.charged };
  }

  /** Undoes {@link LimitMirror.take} for a call that was not sent. */
  giveBack(now: number, { tokens }: MirroredCall): void {
    this.#requests.giveBack(1, now);
    this.#tokens.giveBack(tokens, now);
  }

  /** @param call - the call whose answer brought the report, if it was taken here */
  report(now: number, { requests, tokens }: RateLimitReport, call: MirroredCall | undefined): void {
    const sent = (charged: number | undefined): Sent | undefined =>
      call === undefined || charged === undefined ? undefined : { at: call.at, charged };
    if (requests !== undefined) this.#requests.report(requests, sent(call?.requestsCharged), now);
    if (tokens !== undefined) this.#tokens.report(tokens, sent(call?.tokensCharged), now);
  }

  /** The vendor refused a call because of a limit. Which one is unknown; tokens are used up before requests. */
  refused(now: number, tokens: number, retryAfterMs: number): void {
    this.#tokens.refused(tokens, retryAfterMs, now);
  }
}
