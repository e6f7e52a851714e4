import { strictEqual } from "node:assert/strict";
import { plainMarkdown } from "./markdown.ts";

Deno.test("Folds, alerts, figures, links to files and bars in code become plain Markdown", () => {
  const github = [
    "> [!IMPORTANT]",
    "> **Synthetic faces.** The images were drawn.",
    "",
    "![Effects](figures/effects.svg)",
    "",
    "<details><summary>The tests</summary>",
    "",
    "| a    | [1](../runs/1/seed-1), [paper](https://example.org/a) |",
    "| ---- | ---- |",
    "| `flip\\|zoom` | a \\| b |",
    "",
    "</details>",
    "",
    "End.",
  ].join("\n");
  strictEqual(
    plainMarkdown(github),
    [
      "> **Important:**",
      "> **Synthetic faces.** The images were drawn.",
      "",
      "*Effects: in the report's folder*",
      "",
      "**The tests**",
      "",
      "| a    | 1, [paper](https://example.org/a) |",
      "| ---- | ---- |",
      "| `flip|zoom` | a \\| b |",
      "",
      "End.",
    ].join("\n"),
  );
});
