import { Secret } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { deployment } from "../test/support/replay.js";
import { compileEndpoint, type EndpointRules } from "./endpoint.js";
import { validateDeployment } from "./validate-deployment.js";

const rules: EndpointRules = { apiKey: new Secret("sk-ant-api03-key"), baseUrl: undefined, apiVersion: undefined };

describe("compileEndpoint", () => {
  it("calls Anthropic with the key and the API version", () => {
    expect(compileEndpoint(deployment(), rules)).toEqual({
      origin: "https://api.anthropic.com",
      path: "/v1/messages",
      apiVersion: "2023-06-01",
      headers: {
        accept: "application/json",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        "x-api-key": "sk-ant-api03-key",
      },
    });
  });

  it.each([
    ["https://x.example", "/v1/messages"],
    ["https://x.example/", "/v1/messages"],
    ["https://x.example/v1", "/v1/messages"],
    ["https://x.example/v1/", "/v1/messages"],
    ["https://x.example/anthropic", "/anthropic/v1/messages"],
    ["https://x.example/anthropic/v1//", "/anthropic/v1/messages"],
    ["https://x.example/v1/messages", "/v1/messages"],
    ["https://x.example/p?region=eu", "/p/v1/messages?region=eu"],
  ])("finds the address for %s", (baseUrl, path) => {
    expect(compileEndpoint(deployment({}, { baseUrl }), rules)).toMatchObject({ origin: "https://x.example", path });
  });

  it("sends login tokens as such, and no key if there is none", () => {
    const login = compileEndpoint(deployment(), { ...rules, apiKey: new Secret("sk-ant-oat01-x") }).headers;
    expect(login).toMatchObject({ authorization: "Bearer sk-ant-oat01-x" });
    expect(login).not.toHaveProperty("x-api-key");
    expect(Object.keys(compileEndpoint(deployment(), { ...rules, apiKey: new Secret("") }).headers)).toEqual([
      "accept",
      "accept-encoding",
      "content-type",
      "anthropic-version",
    ]);
  });

  it("gives configured headers precedence, and combines beta features", () => {
    const own = deployment(
      { settings: { anthropic_beta: "one, two" } },
      { headers: { Authorization: new Secret("Bearer mine"), "Anthropic-Beta": new Secret("three") } },
    );
    const { headers } = compileEndpoint(own, rules);
    expect(headers).toMatchObject({ authorization: "Bearer mine", "anthropic-beta": "one,two,three" });
    expect(headers).not.toHaveProperty("x-api-key");
  });

  it("takes the API version from the deployment, the provider or the default, in this order", () => {
    const version = (apiVersion?: string, fallback?: string): string =>
      compileEndpoint(deployment({}, { apiVersion }), { ...rules, apiVersion: fallback }).apiVersion;
    expect([version("2026-10-21", "2025-01-01"), version(undefined, "2025-01-01"), version()]).toEqual([
      "2026-10-21",
      "2025-01-01",
      "2023-06-01",
    ]);
  });
});

describe("validateDeployment", () => {
  it("finds no problem in a valid deployment", () => {
    expect(validateDeployment(deployment({ settings: { anthropic_beta: ["a"] } }), rules)).toEqual([]);
    const own = deployment({}, { headers: { "X-Api-Key": new Secret("k") } });
    expect(validateDeployment(own, { ...rules, apiKey: undefined })).toEqual([]);
  });

  it.each([
    ["ANTHROPIC_API_KEY", deployment(), { ...rules, apiKey: undefined }],
    ["https://api.anthropic.com", deployment({}, { baseUrl: "api.anthropic.com" }), rules],
    ["https://api.anthropic.com", deployment({}, { baseUrl: "ftp://x" }), rules],
    ["2023-06-01", deployment({}, { apiVersion: "v1" }), rules],
    ["anthropic_beta", deployment({ settings: { anthropic_betas: "x" } }), rules],
    ["list", deployment({ settings: { anthropic_beta: 7 } }), rules],
  ])("says how to fix a problem: %s", (fix, broken, given) => {
    const problems = validateDeployment(broken, given);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(fix);
  });
});
