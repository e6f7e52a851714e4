import { deepStrictEqual, ok } from "node:assert/strict";
import { dirname, join } from "node:path";
import { committedPages } from "./_pages.ts";
import { exists } from "./file.ts";
import { CHECKOUT } from "./paths.ts";

/** A page's Markdown; a notebook's is in cells. */
async function markdownOf(path: string): Promise<string> {
  const text = await Deno.readTextFile(join(CHECKOUT, path));
  if (!path.endsWith(".ipynb")) return text;
  const { cells }: { cells: { cell_type: string; source: string | string[] }[] } = JSON.parse(text);
  return cells.filter((cell) => cell.cell_type === "markdown")
    .map(({ source }) => [source].flat().join("")).join("\n\n");
}

/** Without what is shown as it stands. */
function prose(markdown: string): string {
  return markdown.replace(/^(```+)[^]*?^\1$/gm, "").replace(
    /`[^`\n]*`/g,
    (code) => "x".repeat(code.length),
  );
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(markdown: string): Set<string> {
  const found = new Set<string>();
  for (
    const [, heading] of markdown.replace(/^(```+)[^]*?^\1$/gm, "").matchAll(/^#{1,6} (.+)$/gm)
  ) {
    const name = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "").replaceAll(" ", "-");
    let anchor = name;
    for (let n = 1; found.has(anchor); n++) anchor = `${name}-${n}`;
    found.add(anchor);
  }
  return found;
}

Deno.test("Links in committed pages and notebooks lead to files that are there, and to headings in them", async () => {
  const wrong: string[] = [];
  const read = new Map<string, string>();
  const textOf = async (path: string) => {
    if (!read.has(path)) read.set(path, await markdownOf(path));
    return read.get(path)!;
  };
  let links = 0;
  for (const page of await committedPages("*.md", "*.ipynb")) {
    for (const [, target] of prose(await textOf(page)).matchAll(/\]\(<?([^)\s>]+)>?\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      links++;
      const [path, anchor] = target!.split("#") as [string, string | undefined];
      const file = path === "" ? page : join(dirname(page), decodeURIComponent(path));
      if (!await exists(join(CHECKOUT, file))) wrong.push(`${page}: ${target}`);
      else if (
        anchor !== undefined && file.endsWith(".md") && !anchors(await textOf(file)).has(anchor)
      ) {
        wrong.push(`${page}: ${target}: no such heading`);
      }
    }
  }
  deepStrictEqual(wrong, []);
  ok(links > 100, `${links}`);
});
