import { describe, expect, it } from "vitest";
import { partsOf, resolveConfig, rowsAt, settingIn } from "./index.js";

const modelList = [{ modelName: "a", model: "openai/a" }];
const defaulted = rowsAt("router").filter(([, setting]) => setting.default !== undefined);

describe("resolveConfig", () => {
  it.each(defaulted)("fills in the default of %s if nothing is configured", (name, setting) => {
    expect(settingIn(resolveConfig({ modelList }), name)).toBe(setting.default);
    expect(settingIn(resolveConfig({ modelList, [partsOf(name).parent ?? name]: undefined }), name)).toBe(
      setting.default,
    );
  });

  it.each(defaulted)("keeps the configured value of %s, also 0 and false", (name, { default: value }) => {
    const other = typeof value === "number" ? 0 : typeof value === "boolean" ? !value : "other";
    const { parent, key } = partsOf(name);
    const config = parent === undefined ? { [key]: other } : { [parent]: { [key]: other } };
    expect(settingIn(resolveConfig({ modelList, ...config }), name)).toBe(other);
  });

  it("allows three failures of the classes that a policy does not name, and sets no count without a policy", () => {
    const policy = { RateLimitError: 9 };
    expect(resolveConfig({ modelList, allowedFailsPolicy: policy }).allowedFails).toBe(3);
    expect(resolveConfig({ modelList, allowedFailsPolicy: policy, allowedFails: 0 }).allowedFails).toBe(0);
    expect(resolveConfig({ modelList }).allowedFails).toBeUndefined();
  });

  it("keeps a disabled retry budget, and does not change its argument", () => {
    const config = Object.freeze({ modelList, retryBudget: false, cache: Object.freeze({ shared: true }) } as const);
    expect(resolveConfig(config)).toMatchObject({ retryBudget: false, cache: { shared: true, ttlMs: 600_000 } });
    expect(config.cache).toEqual({ shared: true });
  });
});
