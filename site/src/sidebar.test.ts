import { expect, it } from "vitest";
import { sidebarOf } from "./sidebar.ts";

it("lists the pages of each section, but no links to sections of pages", () => {
  const contents = `# Documentation

[x](y.md)

## Guide

| Page              | What it answers |
| ----------------- | --------------- |
| [First](/a/b.md)  | this            |
| [Part](/a/b.md#c) | a part          |
| [Second](/c.md)   | that            |

## Differences from LiteLLM

| Page            | What it covers |
| --------------- | -------------- |
| [Third](/d.md)  | those          |

## Without pages
`;
  expect(sidebarOf(contents)).toEqual([
    {
      text: "Guide",
      collapsed: false,
      items: [
        { text: "First", link: "/a/b.md" },
        { text: "Second", link: "/c.md" },
      ],
    },
    { text: "Differences from LiteLLM", collapsed: true, items: [{ text: "Third", link: "/d.md" }] },
  ]);
});
