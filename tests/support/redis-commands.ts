import { once } from "node:events";
import { connect, type Socket } from "node:net";

type Words = readonly (string | number)[];

function encode(words: Words): string {
  const parts = words.map((word) => `$${String(Buffer.byteLength(String(word)))}\r\n${String(word)}\r\n`);
  return `*${String(words.length)}\r\n${parts.join("")}`;
}

async function answerTo(socket: Socket, words: Words): Promise<string> {
  socket.write(encode(words));
  let answer = "";
  for (;;) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    answer += chunk.toString();
    if (complete(answer)) break;
  }
  if (answer.startsWith("-")) throw new Error(answer.trim());
  return answer;
}

/** Sends commands to a Redis over a separate connection. @returns the last reply @throws for an error reply */
export async function redisCommands(port: number, ...commands: readonly Words[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    let answer = "";
    for (const words of commands) answer = await answerTo(socket, words);
    return answer;
  } finally {
    socket.destroy();
  }
}

/** Sends one command, as {@link redisCommands}. */
export async function redisCommand(port: number, ...words: Words): Promise<string> {
  return redisCommands(port, words);
}

/** Parses replies as far as tests need it: a line, or a string of a given length. */
function complete(answer: string): boolean {
  const end = answer.indexOf("\r\n");
  if (end === -1) return false;
  if (!answer.startsWith("$")) return true;
  const length = Number(answer.slice(1, end));
  return length < 0 || Buffer.byteLength(answer) >= end + 2 + length + 2;
}

/** Repeats a command until the reply satisfies the condition. @throws after a time limit */
export async function redisUntil(
  port: number,
  words: Words,
  wished: (answer: string) => boolean,
  limitMs = 20_000,
): Promise<void> {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await redisCommand(port, ...words).catch(() => "");
    if (wished(answer)) return;
    if (Date.now() > end) throw new Error(`${words.join(" ")} did not get the expected reply. Last reply: ${answer}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}
