import { expect, it } from "vitest";
import { urlOf } from "./banner.js";

it.each([
  ["127.0.0.1", "http://127.0.0.1:4000"],
  ["proxy.example", "http://proxy.example:4000"],
  ["0.0.0.0", "http://localhost:4000"],
  ["::", "http://localhost:4000"],
  ["::1", "http://[::1]:4000"],
])("the banner shows a URL for %s that can be opened", (host, url) => {
  expect(urlOf(host, 4_000)).toBe(url);
  expect(URL.canParse(url)).toBe(true);
});
