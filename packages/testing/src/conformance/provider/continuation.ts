import { describe, expect, it } from "vitest";
import type { ProviderKit } from "./kit.js";

const question = "Tell me a story.";
const beginning = "Once upon a time";

/** Answers whose beginning the caller sends, and which the model continues. */
export function describeContinuation(kit: ProviderKit): void {
  const { continued } = kit.setup;
  if (continued === undefined) return;
  const { model = "vendor-model", sent = {}, refusedModel } = continued;
  const messages = [
    { role: "user", content: question },
    { role: "assistant", content: beginning },
  ];
  const says = (name: string): unknown => {
    const { continuesFromPrefix: known = false } = kit.provider;
    return typeof known === "function" ? known(name, "chat") : known;
  };

  describe("the beginning of an answer", () => {
    it.each([false, true])(
      "is sent as the last message, with the fields that the host needs (stream: %s)",
      async (stream) => {
        const made = kit.make({ model, stream, fields: { messages } });
        const call = { ...made.call, continues: true };
        if (stream) await kit.follow({ ...made, call });
        else await kit.provider.call(made.operation, call);
        const { body } = kit.upstream.calls[0]!;
        expect(body).toMatchObject(sent);
        const asked = JSON.stringify(body);
        expect([asked.split(beginning).length, asked.split(question).length]).toEqual([2, 2]);
        expect(asked.indexOf(question)).toBeLessThan(asked.indexOf(beginning));
        if (kit.setup.wire !== undefined) return;
        const { messages: sentMessages } = body as { readonly messages: readonly { readonly role: string }[] };
        expect(sentMessages.at(-1)?.role).toBe("assistant");
        expect(JSON.stringify(sentMessages.at(-1))).toContain(beginning);
      },
    );

    it.each(Object.keys(sent).length > 0 ? [sent] : [])(
      "has the fields %j only if the caller wants it continued",
      async (mark) => {
        await kit.answer({ model, fields: { messages } });
        expect(kit.upstream.calls[0]!.body).not.toMatchObject(mark);
      },
    );

    it.each([[model, true], ...(refusedModel === undefined ? [] : [[refusedModel, false]])])(
      "is continued by the models that the provider names: %s: %s",
      (name, continues) => {
        expect(says(String(name))).toBe(continues);
      },
    );

    it("is continued or not for any name of a model, without an error", () => {
      for (const name of ["", "x".repeat(10_000), "a/b:c", "日本"]) expect(typeof says(name)).toBe("boolean");
    });
  });
}
