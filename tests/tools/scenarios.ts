import {
  breaks,
  callsTools,
  refuses,
  replies,
  type Behavior,
  type Upstream,
  type UpstreamCall,
} from "@modelyard/testing";
import type { Finished } from "./run-program.js";
import type { Printed, Tool, WireName } from "./tool.js";
import { hasOpaqueReasoning, isStep, resultsIn } from "./vendor-requests.js";

export const notes = { file: "notes.txt", content: "The code word is heliotrope.\n" };
export const prompt = "Find the code word in notes.txt, and tell me what the commands print.";
const summary = "<summary>The code word is in notes.txt.</summary>";
const lastText = "The code word is heliotrope, and all commands worked.";
/** Seconds for which the overloaded vendor asks to wait. */
const waitSeconds = 1;

/** One run of a tool against scripted vendors. */
export interface Run {
  readonly tool: Tool;
  /** The wire that the vendors speak. */
  readonly wire: WireName;
  readonly finished: Finished;
  readonly printed: Printed;
  /** The steps of the conversation that reached a vendor, in order. */
  readonly steps: readonly UpstreamCall[];
}

export interface Scenario {
  readonly name: string;
  /** Whether it makes sense without a router, too. */
  readonly direct: boolean;
  /** Whether the host `second` serves as a fallback. */
  readonly fallback: boolean;
  readonly routerSettings: Readonly<Record<string, unknown>>;
  /** Scripts the hosts `first` and `second`. */
  readonly script: (upstream: Upstream, tool: Tool, wire: WireName) => void;
  /** What was wrong. Empty if nothing was. */
  readonly check: (run: Run) => readonly string[];
}

/** The ids of the calls, and what their results contain. Only a shell that runs the commands prints these words. */
const expectedResults: Readonly<Record<string, string>> = {
  call_read: "heliotrope",
  call_lamps: "lamps-42",
  call_chairs: "chairs-7",
  call_tables: "tables-9",
};

/** A conversation of four steps: a file is read, two commands run at the same time, then one more. */
function conversation(tool: Tool, wire: WireName): readonly Behavior[] {
  const read = tool.readFile("call_read", notes.file, wire);
  const run = (id: string, command: string) => tool.runCommand(id, command, wire);
  return [
    callsTools([read], { reasoning: "The notes come first.", text: "I will read the notes." }),
    callsTools([run("call_lamps", "echo lamps-$((6 * 7))"), run("call_chairs", "echo chairs-$((3 + 4))")]),
    callsTools([run("call_tables", "echo tables-$((10 - 1))")], { text: "One more." }),
    replies(lastText),
  ];
}

/** Answers the steps at a host, and everything else that tools ask for, such as titles and summaries. */
function answerSteps(upstream: Upstream, host: string, behaviors: readonly Behavior[]): void {
  upstream.script({ host }, replies(summary));
  const numbered = behaviors.map((behavior, index) => ({ ...behavior, answerNumber: index + 1 }));
  upstream.script({ host, when: isStep }, ...numbered);
}

function checkEnd({ finished: { exitCode }, printed }: Run, expectedExit = 0): readonly string[] {
  if (exitCode === undefined) return ["did not end in time"];
  const wrong: string[] = [];
  if (exitCode !== expectedExit) {
    const shown = printed.errors.at(-1) ?? printed.text;
    wrong.push(`ended with exit code ${String(exitCode)} instead of ${String(expectedExit)}, and showed: ${shown}`);
  }
  if (printed.text !== lastText && expectedExit === 0) wrong.push(`did not show the last answer, but: ${printed.text}`);
  return wrong;
}

function checkCount(steps: readonly UpstreamCall[], expected: number, where: string): readonly string[] {
  if (steps.length === expected) return [];
  return [`${where} received ${String(steps.length)} steps instead of ${String(expected)}`];
}

function checkWire({ steps, wire }: Run): readonly string[] {
  const other = steps.find(({ operation }) => operation !== wire);
  return other === undefined ? [] : [`a vendor was asked at ${other.path}`];
}

/** Checks that the last step shows the vendor everything that happened before. */
function checkResults({ steps, wire, tool }: Run): readonly string[] {
  const last = steps.at(-1);
  if (last === undefined) return ["no vendor received a step"];
  const results = resultsIn(last, wire);
  const wrong = Object.entries(expectedResults).flatMap(([id, text]) => {
    const result = results.get(id);
    if (result === undefined) return [`the vendor received no result for ${id}`];
    return result.includes(text) ? [] : [`the result of ${id} is ${result}, without "${text}"`];
  });
  if (!JSON.stringify(last.body).includes(prompt)) wrong.push("the vendor did not receive the prompt");
  if (wire !== "chat" && tool.keepsReasoning && !hasOpaqueReasoning(last))
    wrong.push("the vendor did not get its own reasoning back");
  return wrong;
}

const several: Scenario = {
  name: "turns",
  direct: true,
  fallback: false,
  routerSettings: {},
  script: (upstream, tool, wire) => {
    answerSteps(upstream, "first", conversation(tool, wire));
  },
  check: (run) => [
    ...checkEnd(run),
    ...checkWire(run),
    ...checkCount(run.steps, 4, "the vendor"),
    ...checkResults(run),
  ],
};

const failover: Scenario = {
  name: "failover",
  direct: false,
  fallback: true,
  // Without cooldowns, each step reaches the failing vendor first.
  routerSettings: { num_retries: 0, disable_cooldowns: true },
  script: (upstream, tool, wire) => {
    answerSteps(upstream, "first", [
      refuses(500),
      refuses("overloaded"),
      breaks("reset_after_headers"),
      breaks("error_event_before_content"),
    ]);
    answerSteps(upstream, "second", conversation(tool, wire));
  },
  check: (run) => {
    const at = (host: string): readonly UpstreamCall[] => run.steps.filter((step) => step.host === host);
    return [
      ...checkEnd(run),
      ...checkWire(run),
      // A fifth step would mean that the tool noticed a failure and tried again.
      ...checkCount(at("first"), 4, "the failing vendor"),
      ...checkCount(at("second"), 4, "the fallback"),
      ...checkResults({ ...run, steps: at("second") }),
    ];
  },
};

const overload: Scenario = {
  name: "overload",
  direct: true,
  fallback: false,
  // The router passes the failures on, and the tool must understand that it should try again.
  routerSettings: { num_retries: 0 },
  script: (upstream, tool, wire) => {
    const limited = refuses(429, { headers: { "retry-after": String(waitSeconds) } });
    answerSteps(upstream, "first", [limited, refuses("overloaded"), ...conversation(tool, wire)]);
  },
  check: (run) => {
    const [limited, next] = run.steps;
    const waited = (next?.at ?? 0) - (limited?.finishedAt ?? 0);
    const early = waited < waitSeconds * 1_000 ? [`asked again after ${String(waited)} ms, before retry-after`] : [];
    return [...checkEnd(run), ...checkWire(run), ...checkCount(run.steps, 6, "the vendor"), ...early];
  },
};

const cut: Scenario = {
  name: "cut",
  direct: true,
  fallback: false,
  routerSettings: { num_retries: 0 },
  script: (upstream, tool, wire) => {
    // Claude Code asks again without a stream, and shows that whole answers work, too.
    const half = breaks("truncated_stream", { text: "I will read the notes, and then", faultAfter: 3 });
    answerSteps(upstream, "first", [half, ...conversation(tool, wire)]);
  },
  check: (run) => [
    ...checkEnd(run),
    ...checkWire(run),
    ...checkCount(run.steps, 5, "the vendor"),
    ...checkResults(run),
  ],
};

const overflow: Scenario = {
  name: "overflow",
  direct: true,
  fallback: false,
  routerSettings: {},
  script: (upstream, tool, wire) => {
    // Claude Code asks for the summary like for any other step, and only if there is enough to summarize.
    const summarizes = tool.command === "claude" ? [replies(summary)] : [];
    const before = conversation(tool, wire).slice(0, 2);
    answerSteps(upstream, "first", [...before, refuses("context_window"), ...summarizes, replies(lastText)]);
  },
  check: (run) => {
    const { compacts, error, exitCode } = run.tool.onOverflow;
    const shown = run.printed.errors.join("\n");
    const unknown = error === undefined || error.test(shown) ? [] : [`did not recognize the overflow: ${shown}`];
    const continued = !compacts || run.printed.text === lastText ? [] : ["did not continue after the overflow"];
    const repeated = compacts ? [] : checkCount(run.steps, 3, "the vendor");
    return [...checkEnd(run, exitCode), ...checkWire(run), ...unknown, ...continued, ...repeated];
  },
};

export const scenarios: readonly Scenario[] = [several, failover, overload, cut, overflow];
