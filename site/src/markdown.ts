import { renderMermaidSVG } from "beautiful-mermaid";
import type { MarkdownOptions } from "vitepress";

type MarkdownIt = Parameters<NonNullable<MarkdownOptions["config"]>>[0];
type Token = ReturnType<MarkdownIt["parse"]>[number];

/** Diagrams take their colors from the theme, so that they fit dark pages, too. */
const colors = {
  bg: "var(--vp-c-bg)",
  fg: "var(--vp-c-text-1)",
  line: "var(--vp-c-text-3)",
  accent: "var(--vp-c-brand-1)",
  muted: "var(--vp-c-text-2)",
  surface: "var(--vp-c-bg-soft)",
  border: "var(--vp-c-border)",
};

/** Draws diagrams while the site is built, so that readers load no library for them. */
function drawDiagrams(markdown: MarkdownIt): void {
  const { fence } = markdown.renderer.rules;
  if (fence === undefined) throw new Error("markdown-it has no rule for blocks of code");
  markdown.renderer.rules["fence"] = (tokens, index, ...rest) => {
    const token = tokens[index];
    if (token?.info.trim() !== "mermaid") return fence(tokens, index, ...rest);
    const svg = renderMermaidSVG(token.content, { ...colors, font: "inherit", padding: 8, transparent: true });
    // Vue removes the styles of what is in its templates, but not of what v-html inserts.
    return `<figure class="diagram" v-html="${markdown.utils.escapeHtml(JSON.stringify(svg))}"></figure>\n`;
  };
}

/** The language of a token that is a block of code. */
function languageOf(token: Token | undefined): string | undefined {
  return token?.type === "fence" ? token.info.trim() : undefined;
}

/** Puts an example in TypeScript and the same in YAML, which follows it, side by side. */
function pairExamples(markdown: MarkdownIt): void {
  markdown.core.ruler.push("pair-examples", (state) => {
    const { tokens } = state;
    const html = (content: string): Token => {
      const token = new state.Token("html_block", "", 0);
      token.content = content;
      return token;
    };
    for (let index = tokens.length - 2; index >= 0; index -= 1) {
      if (languageOf(tokens[index]) !== "ts" || languageOf(tokens[index + 1]) !== "yaml") continue;
      tokens.splice(index + 2, 0, html("</div>\n"));
      tokens.splice(index, 0, html('<div class="pair">\n'));
    }
  });
}

/** What the site adds to VitePress's Markdown. */
export function extendMarkdown(markdown: MarkdownIt): void {
  drawDiagrams(markdown);
  pairExamples(markdown);
}
