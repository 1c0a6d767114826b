import { describe, expect, it } from "vitest";
import { connectionSecrets } from "./connection-secrets.js";
import { Secret } from "./secret.js";

const shown = (name: string): readonly string[] =>
  connectionSecrets(
    {
      apiKey: undefined,
      baseUrl: undefined,
      apiVersion: undefined,
      organization: undefined,
      headers: { [name]: new Secret("v") },
    },
    undefined,
  ).map((secret) => secret.reveal());

describe("the secrets of a connection", () => {
  it.each(["acme-version", "acme-beta", "user-agent", "content-type"])("do not include the header %s", (name) => {
    expect(shown(name)).toEqual([]);
  });

  it.each(["x-api-key", "acme-key", "x-api-key-beta", "version-token", "x-acme-version"])(
    "include the header %s",
    (name) => {
      expect(shown(name)).toEqual(["v"]);
    },
  );
});
