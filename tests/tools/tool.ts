import type { ScriptedToolCall } from "@modelyard/testing";

export const wireNames = ["chat", "messages", "responses"] as const;
export type WireName = (typeof wireNames)[number];

/** What a tool needs to know about the server that it talks to. */
export interface Server {
  /** Without `/v1`. */
  readonly origin: string;
  readonly key: string;
}

/** How a tool is started. */
export interface Start {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Files that it reads, by path below its home folder (`~/...`) or its working folder. */
  readonly files: Readonly<Record<string, string>>;
}

/** What a tool printed, as it is read by this test. */
export interface Printed {
  /** The last text that it showed. */
  readonly text: string;
  /** Errors that it showed, also those that it recovered from. */
  readonly errors: readonly string[];
}

/** A coding tool that runs without a terminal, and how scripted answers make it act. */
export interface Tool {
  /** With the model that it asks for, for example `Codex (gpt-5.6-sol)`. */
  readonly title: string;
  /** File name of the command. */
  readonly command: string;
  /** The wire that it speaks. */
  readonly wire: WireName;
  /** The model group that it asks for. Tools send different requests for names that they know. */
  readonly model: string;
  /** A call with which a model behind this wire makes the tool read a file of its working folder. */
  readonly readFile: (id: string, file: string, wire: WireName) => ScriptedToolCall;
  /** The same for a shell command. */
  readonly runCommand: (id: string, command: string, wire: WireName) => ScriptedToolCall;
  readonly start: (server: Server, prompt: string) => Start;
  /** Whether it asks for reasoning that only the vendor can read, and sends it back on the next step. */
  readonly keepsReasoning: boolean;
  readonly read: (stdout: string) => Printed;
  /** What the tool does once the conversation no longer fits into the model's context window. */
  readonly onOverflow: Overflow;
}

export interface Overflow {
  /** Whether it summarizes the conversation and continues. Otherwise, it gives up at once. */
  readonly compacts: boolean;
  /** Text of the error that it shows. `undefined`: it shows none */
  readonly error: RegExp | undefined;
  /** Its exit code at the end. */
  readonly exitCode: number;
}

/** The objects in an output with one JSON object per line. Other lines are ignored. */
export function jsonLines(stdout: string): readonly Readonly<Record<string, unknown>>[] {
  return stdout.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as Readonly<Record<string, unknown>>];
    } catch {
      return [];
    }
  });
}
