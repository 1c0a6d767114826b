/** A body that a caller could send to make one request expensive. */
export interface Body {
  readonly path: string;
  /** JSON, without its model: the script adds that. */
  readonly text: string;
}

const chat = "/v1/chat/completions";
const hello = '"messages":[{"role":"user","content":"hello"}]';

function repeated(item: string, count: number): string {
  return `[${`${item},`.repeat(count - 1)}${item}]`;
}

function many(count: number, item: (index: number) => string): string {
  return `[${Array.from({ length: count }, (_, index) => item(index)).join(",")}]`;
}

function messages(count: number): string {
  return `"messages":${many(count, (index) => `{"role":"${index % 2 === 0 ? "user" : "assistant"}","content":"hello ${String(index)}"}`)}`;
}

/** An agent's conversation: what a caller really sends, long. */
function turns(count: number): string {
  return `"messages":${many(count, (index) =>
    index % 3 === 0
      ? `{"role":"user","content":[{"type":"text","text":"look at file ${String(index)}"}],"name":null}`
      : index % 3 === 1
        ? `{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"call.${String(index)}","type":"function","function":{"name":"read","arguments":"{\\"path\\":\\"a${String(index)}\\"}"}}]}`
        : `{"role":"tool","tool_call_id":"call.${String(index - 1)}","content":"some text of the file"}`,
  )}`;
}

function object(keys: number, value: string): string {
  return `{${Array.from({ length: keys }, (_, index) => `"k${String(index)}":${value}`).join(",")}}`;
}

/** By what they have much of. */
export const bodies: Readonly<Record<string, () => Body>> = {
  "300,000 messages": () => ({ path: chat, text: messages(300_000) }),
  "99,999 messages": () => ({ path: chat, text: messages(99_999) }),
  "20,000 messages": () => ({ path: chat, text: messages(20_000) }),
  "5,000 messages": () => ({ path: chat, text: messages(5_000) }),
  "99,999 messages of an agent": () => ({ path: chat, text: turns(99_999) }),
  "20,000 messages of an agent": () => ({ path: chat, text: turns(20_001) }),
  "3,000 messages of an agent": () => ({ path: chat, text: turns(3_000) }),
  "100,000 parts of one message": () => ({
    path: chat,
    text: `"messages":[{"role":"user","content":${many(100_000, (index) => `{"type":"text","text":"part ${String(index)}"}`)}}]`,
  }),
  "100,000 tools": () => ({
    path: chat,
    text: `${hello},"tools":${many(100_000, (index) => `{"type":"function","function":{"name":"f${String(index)}","parameters":{"type":"object","properties":{}}}}`)}`,
  }),
  "100,000 tool calls of one message": () => ({
    path: chat,
    text: `"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"x","tool_calls":${many(100_000, (index) => `{"id":"c${String(index % 3)}","type":"function","function":{"name":"f","arguments":"{}"}}`)}}]`,
  }),
  "240,000 tool calls of one message": () => ({
    path: chat,
    text: `"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":${many(240_000, (index) => `{"id":"call.${String(index)}","type":"function","function":{"name":"f","arguments":"{}"}}`)}}]`,
  }),
  "4,999 tool calls of one message with long arguments": () => ({
    path: chat,
    text: `"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":${many(4_999, (index) => `{"id":"call.${String(index)}","type":"function","function":{"name":"f","arguments":"{\\"x\\":[${"1,".repeat(1_800)}1]}"}}`)}}]`,
  }),
  "a tool call with arguments of 30 MB": () => ({
    path: chat,
    text: `"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\\"x\\":\\"${"word ".repeat(6_000_000)}\\"}"}}]}]`,
  }),
  "a tool call with an id of 30 MB": () => ({
    path: chat,
    text: `"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"${".".repeat(30_000_000)}","type":"function","function":{"name":"f","arguments":"{}"}}]}]`,
  }),
  "240,000 parts with cache marks": () => ({
    path: chat,
    text: `"messages":[{"role":"user","content":${many(240_000, (index) => `{"type":"text","text":"part ${String(index)}","cache_control":{"type":"ephemeral"}}`)}}]`,
  }),
  "1,900,000 different strings": () => ({
    path: chat,
    text: `${hello},"x":${many(1_900_000, (index) => `"${index.toString(36)}"`)}`,
  }),
  "19,000 objects of 100 different keys": () => ({
    path: chat,
    text: `${hello},"x":${many(19_000, (index) => `{${Array.from({ length: 100 }, (_, key) => `"${(100 * index + key).toString(36)}":0`).join(",")}}`)}`,
  }),
  "15,000,000 numbers": () => ({ path: chat, text: `${hello},"x":${repeated("0", 15_000_000)}` }),
  "1,900,000 numbers": () => ({ path: chat, text: `${hello},"x":${repeated("0.123456789", 1_900_000)}` }),
  "10,000,000 strings": () => ({ path: chat, text: `${hello},"x":${repeated('""', 10_000_000)}` }),
  "1,900,000 strings to stop at": () => ({ path: chat, text: `${hello},"stop":${repeated('"stop"', 1_900_000)}` }),
  "1,900,000 words in a field": () => ({
    path: chat,
    text: `${hello},"metadata":{"x":${repeated('"word"', 1_900_000)}}`,
  }),
  "499,000 empty lists": () => ({ path: chat, text: `${hello},"x":${repeated("[]", 499_000)}` }),
  "190 objects of 9,999 keys": () => ({ path: chat, text: `${hello},"x":${repeated(object(9_999, "0"), 190)}` }),
  "a text of 31 MB": () => ({
    path: chat,
    text: `"messages":[{"role":"user","content":"${"word ".repeat(6_200_000)}"}]`,
  }),
  "a text of 31 MB in Chinese": () => ({
    path: chat,
    text: `"messages":[{"role":"user","content":"${"文字".repeat(5_100_000)}"}]`,
  }),
  "a text of 31 MB of escapes": () => ({
    path: chat,
    text: `"messages":[{"role":"user","content":"${"\\u00e9".repeat(5_100_000)}"}]`,
  }),
  "a text of 31 MB of backslashes": () => ({
    path: chat,
    text: `"messages":[{"role":"user","content":"${'\\"'.repeat(15_500_000)}"}]`,
  }),
  "an image of 31 MB": () => ({
    path: chat,
    text: `"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,${"QUJD".repeat(7_700_000)}"}}]}]`,
  }),
  "a text file of 30 MB": () => ({
    path: chat,
    text: `"messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:text/plain;base64,${"QUJD".repeat(7_500_000)}"}}]}]`,
  }),
  "300,000 tokens to embed": () => ({
    path: "/v1/embeddings",
    text: `"input":[${many(300_000, (index) => String(index % 100_000))}]`,
  }),
  "2,047 long texts to embed": () => ({
    path: "/v1/embeddings",
    text: `"input":${many(2_047, (index) => `"${String(index)} ${"word ".repeat(3_000)}"`)}`,
  }),
  "1,900,000 texts to embed": () => ({ path: "/v1/embeddings", text: `"input":${repeated('"hello"', 1_900_000)}` }),
  "1,900,000 prompts": () => ({ path: "/v1/completions", text: `"prompt":${repeated('"hello"', 1_900_000)}` }),
};
