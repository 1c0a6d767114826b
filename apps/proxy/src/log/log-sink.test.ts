import { nextTurn, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { LogSink } from "./log-sink.js";

const fault = (code: string): Error => Object.assign(new Error(code), { code });
const mebibyte = 1024 * 1024;

/** A sink, and what its reader has received: as many bytes as `room` allows, or none if `broken` is an error code. */
function opened() {
  const clock = new VirtualClock();
  const reader = { room: Infinity, broken: undefined as string | undefined, pieces: [] as string[] };
  const lost: (readonly [lines: number, code: string])[] = [];
  const pauses: number[] = [];
  const onPause = { do: (): void => undefined };
  const sink = new LogSink({
    clock,
    onLost: (lines, code) => {
      lost.push([lines, code]);
      sink.write(`${String(lines)} lost\n`);
    },
    put: (bytes) => {
      if (reader.broken !== undefined) throw fault(reader.broken);
      if (reader.room === 0) throw fault("EAGAIN");
      const written = Math.min(bytes.length, reader.room);
      reader.room -= written;
      reader.pieces.push(Buffer.from(bytes.subarray(0, written)).toString());
      return written;
    },
    pause: (ms) => {
      pauses.push(ms);
      onPause.do();
    },
  });
  return { sink, clock, reader, lost, pauses, onPause, text: () => reader.pieces.join("") };
}

describe("LogSink", () => {
  it("writes the lines of one turn of the event loop together, before the next turn", async () => {
    const { sink, reader } = opened();
    sink.write("one\n");
    sink.write("two\n");
    expect(reader.pieces).toEqual([]);
    await nextTurn();
    sink.write("three\n");
    await nextTurn();
    expect(reader.pieces).toEqual(["one\ntwo\n", "three\n"]);
  });

  it("writes whole lines of at most 4096 bytes at a time, which a pipe accepts as a unit, and longer lines alone", async () => {
    const { sink, reader } = opened();
    const lines = ["ü".repeat(1_000), "b".repeat(2_094), "c", "d".repeat(5_000), "e"].map((text) => `${text}\n`);
    for (const line of lines) sink.write(line);
    await nextTurn();
    expect(reader.pieces).toEqual([`${lines[0]!}${lines[1]!}`, lines[2], lines[3], lines[4]]);
  });

  it("waits for a slow reader, without losing or mixing lines", async () => {
    const { sink, clock, reader, text } = opened();
    reader.room = 5;
    sink.write("first ü\n");
    await nextTurn();
    sink.write("second\n");
    await nextTurn();
    expect(text()).toBe("first");
    reader.room = Infinity;
    await clock.advance(9);
    expect(text()).toBe("first");
    await clock.advance(1);
    expect(text()).toBe("first ü\nsecond\n");
    expect(clock.timers).toBe(0);
  });

  it("keeps 4 MiB for a reader that reads nothing, and later reports how many lines were dropped", async () => {
    const { sink, clock, reader, lost, text } = opened();
    reader.room = 0;
    const line = `${"x".repeat(1_023)}\n`;
    for (let count = 0; count < 4_096 + 7; count += 1) sink.write(line);
    await clock.advance(60_000);
    expect(lost).toEqual([]);
    reader.room = Infinity;
    await clock.advance(10);
    expect(lost).toEqual([[7, "EAGAIN"]]);
    await nextTurn();
    expect(text()).toBe(`${line.repeat(4_096)}7 lost\n`);
    expect(text().length).toBe(4 * mebibyte + "7 lost\n".length);
  });

  it.each(["EPIPE", "ENOSPC"])("survives the error %s, and continues once it has passed", async (code) => {
    const { sink, clock, reader, text } = opened();
    reader.broken = code;
    sink.write("one\n");
    await clock.advance(5_000);
    sink.write("two\n");
    reader.broken = undefined;
    await clock.advance(1_000);
    expect(text()).toBe("one\ntwo\n");
  });

  it("writes the waiting lines at the end, and how many were lost", () => {
    const { sink, reader, onPause, pauses, text } = opened();
    reader.room = 2;
    onPause.do = () => {
      reader.room = 4;
    };
    sink.write("one\n");
    sink.write("two\n");
    sink.write("x".repeat(5 * mebibyte));
    sink.end();
    expect(text()).toBe("one\ntwo\n1 lost\n");
    expect(pauses).toEqual([10, 10, 10, 10]);
  });

  it("waits at most 2 s at the end, and not at all after a permanent error", () => {
    const slow = opened();
    slow.reader.room = 0;
    slow.sink.write("one\n");
    slow.sink.end();
    expect(slow.pauses.reduce((sum, ms) => sum + ms, 0)).toBe(2_000);
    const gone = opened();
    gone.reader.broken = "EPIPE";
    gone.sink.write("one\n");
    gone.sink.end();
    expect(gone.pauses).toEqual([]);
  });
});
