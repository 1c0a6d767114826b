import { describe, expect, it } from "vitest";
import { PathTree } from "./path-tree.js";

function treeOf(...patterns: readonly string[]): PathTree<string> {
  const tree = new PathTree<string>();
  for (const pattern of patterns) tree.at(pattern, () => pattern);
  return tree;
}

describe("PathTree", () => {
  const tree = treeOf(
    "/v1/models/{id...}",
    "/v1/responses/{id}",
    "/v1/responses/{id}/items",
    "/v1/responses/all/items",
    "/{tenant}/{model}/chat",
    "/{everything...}",
  );

  it.each([
    ["/v1/models/a", "/v1/models/{id...}", { id: "a" }],
    ["/v1/models/a/b%2Fc", "/v1/models/{id...}", { id: "a/b/c" }],
    ["/v1/models/a/", "/v1/models/{id...}", { id: "a/" }],
    ["/v1/responses/r%201", "/v1/responses/{id}", { id: "r 1" }],
    ["/v1/responses/%E0%A4%A", "/v1/responses/{id}", { id: "%E0%A4%A" }],
    ["/v1/responses/all", "/v1/responses/{id}", { id: "all" }],
    ["/v1/responses/all/items", "/v1/responses/all/items", {}],
    ["/v1/responses/r/items", "/v1/responses/{id}/items", { id: "r" }],
    ["/v1/responses/chat", "/v1/responses/{id}", { id: "chat" }],
    ["/me/gpt/chat", "/{tenant}/{model}/chat", { tenant: "me", model: "gpt" }],
    ["/me/gpt/chats", "/{everything...}", { everything: "me/gpt/chats" }],
    ["/v1/responses//items", "/{everything...}", { everything: "v1/responses//items" }],
    ["/me/__proto__/chat", "/{tenant}/{model}/chat", { tenant: "me", model: "__proto__" }],
  ])("matches %s with %s", (path, value, params) => {
    expect(tree.find(path)).toEqual({ value, params });
  });

  it.each(["/", "/v1/models", "/v1/models/", "/a/b/c"])("finds nothing at %s", (path) => {
    expect(treeOf("/v1/models/{id...}", "/a/{b}").find(path)).toBeUndefined();
  });

  it("has one value for a pattern that is added twice", () => {
    const twice = treeOf("/a/{b}");
    expect(twice.at("/a/{b}", () => "another")).toBe("/a/{b}");
  });

  it.each([
    ["/a/x{b}", '"x{b}" is not a placeholder'],
    ["/a/{b", '"{b" is not a placeholder'],
    ["/a/{}", '"{}" is not a placeholder'],
    ["/{a...}/b", '"{a...}" is not at the end'],
    ["/{a}/{a}", '"a" occurs twice'],
    ["/known/{other}", "another route calls the same segments {name}"],
  ])("refuses %s", (pattern, problem) => {
    const known = treeOf("/known/{name}");
    expect(() => known.at(pattern, () => "")).toThrow(problem);
  });
});
