/** What is written by hand of committed results: here each number is looked for in its report. */

import { deepStrictEqual, ok } from "node:assert/strict";
import { dirname, join } from "node:path";
import { committedPages } from "../_pages.ts";
import { CHECKOUT } from "../paths.ts";

const RESULTS = join(CHECKOUT, "reports");

/** The numbers of a text without their signs, which words may stand for: `less`, `instead of`. */
function numbersOf(text: string): string[] {
  return [...text.matchAll(/(?<![\w.-])[+-]?(\d[\d,]*(?:\.\d+)?)(?![\w%]*\w)/g)]
    .map(([, number]) => number!.replace(/,$/, ""));
}

/** A finding without what says where it is from: `(`dropout`, 1 seed)` at its end. */
interface Finding {
  /** The folder of its data. */
  readonly data: string;
  readonly text: string;
  readonly experiment: string;
  readonly seeds: number;
}

function findingsOf(data: string, markdown: string): Finding[] {
  return markdown.split(/^\d+\. /m).slice(1).map((item) => {
    const text = item.split("\n\n")[0]!.replace(/\s+/g, " ").trim();
    const [source, experiment, seeds] = /\(`([a-z\d-]+)`, (\d+) seeds?\)$/.exec(text) ?? [];
    ok(source, `does not end with its experiment and seeds: ${text}`);
    return {
      data,
      text: text.slice(0, -source.length).trim(),
      experiment: experiment!,
      seeds: +seeds!,
    };
  });
}

/** Of all data that have some. */
const findings: Finding[] = [];
for (const { name } of Deno.readDirSync(RESULTS)) {
  try {
    const markdown = await Deno.readTextFile(join(RESULTS, name, "findings.md"));
    // Somebody's own are their own matter.
    if (name !== "own") findings.push(...findingsOf(name, markdown));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw error;
    }
  }
}

/** What of a finding's numbers its report does not have. */
async function missing({ data, text, experiment }: Finding): Promise<string[]> {
  const report = numbersOf(await Deno.readTextFile(join(RESULTS, data, experiment, "report.md")));
  // The original report's "over 99 %" stands in the overview only.
  return numbersOf(text).filter((number) => number !== "99" && !report.includes(number));
}

Deno.test("Every number of the committed findings stands in the report that the finding names", async () => {
  deepStrictEqual([...new Set(findings.map(({ data }) => data))].sort(), [
    "crema-d",
    "face-network",
    "face-voice",
    "fer2013",
  ]);
  for (const finding of findings) {
    deepStrictEqual(await missing(finding), [], `${finding.text} (${finding.experiment})`);
  }
});

Deno.test("A number that the report does not have is found, whatever stands around it", async () => {
  const wrong = {
    data: "fer2013",
    experiment: "dropout",
    seeds: 1,
    text: "gives 59.61 % [62.08, 61.3], +62.08 more.",
  };
  deepStrictEqual(await missing(wrong), ["59.61", "61.3"]);
});

/** Reports that paragraphs link, and what of the paragraphs' numbers they do not have. */
interface Linking {
  readonly reports: readonly string[];
  readonly missing: readonly string[];
}

/**
 * The paragraphs and list items of a page that link to reports or to measured speeds.
 *
 * @param folder The page's, relative to the checkout.
 */
async function linkingReports(markdown: string, folder: string): Promise<Linking[]> {
  const found: Linking[] = [];
  for (const part of markdown.split(/\n\n+|\n(?=- )/)) {
    const reports = [...part.matchAll(/\]\(([^)]*(?:\/report|results\/[^)/]*)\.md)\)/g)]
      .map(([, target]) => join(CHECKOUT, folder, target!));
    if (reports.length === 0 || part.startsWith("|")) continue;
    const texts = await Promise.all(reports.map((report) => Deno.readTextFile(report)));
    const has = new Set(texts.flatMap(numbersOf));
    // Neither the links' targets nor commands; how many times as much is computed from a report.
    const said = part.replace(/\]\([^)]*\)/g, "]").replace(/`[^`]*`/g, "``")
      .replace(/[\d.]+\s+times\b/g, "");
    found.push({ reports, missing: numbersOf(said).filter((number) => !has.has(number)) });
  }
  return found;
}

Deno.test("Every number of a paragraph that links a report stands in that report", async () => {
  const wrong: string[] = [];
  const linked = new Set<string>();
  for (const page of await committedPages("*.md")) {
    // Reports and their overview are made of what they say.
    if (page.startsWith("reports/")) continue;
    const markdown = await Deno.readTextFile(join(CHECKOUT, page));
    for (const { reports, missing } of await linkingReports(markdown, dirname(page))) {
      for (const report of reports) linked.add(report);
      wrong.push(...missing.map((number) => `${page}: ${number} is not in ${reports.join(", ")}`));
    }
  }
  deepStrictEqual(wrong, []);
  ok(linked.size >= 7, `only ${linked.size} reports are linked`);
});

Deno.test("A number that the linked report does not have is found, but for how many times as much", async () => {
  const report = "[report](reports/fer2013/deep/report.md)";
  const paragraphs = await linkingReports(
    `Above 12.34 %.\n\n**Deep** (\`--seeds 8\`, ${report}) has 67.01 % for 4.4 times as much,\n` +
      `and 67.02 %.\n- Or ${report}: 69.80 %.\n- 56.78 %.\n`,
    ".",
  );
  deepStrictEqual(paragraphs.map(({ missing }) => missing), [["67.02"], []]);
});

Deno.test("The committed findings say of how many seeds they are", async () => {
  for (const { data, text, experiment, seeds } of findings) {
    const { variants } = JSON.parse(
      await Deno.readTextFile(join(RESULTS, data, experiment, "report.json")),
    );
    const runs: number[] = variants.map((variant: { runs: unknown[] }) => variant.runs.length);
    deepStrictEqual([...new Set(runs)], [seeds], text);
  }
});

Deno.test("The committed findings are short: a bold claim, then at most two sentences", () => {
  for (const { text } of findings) {
    const [, claim, rest] = /^\*\*(.+?\.)\*\* (.+)$/.exec(text) ?? [];
    ok(claim && rest, `no bold claim at the start: ${text}`);
    const sentences = rest.split(/\.(?= [A-Z]|$)/).filter((part) => part !== "");
    ok(sentences.length <= 2, `${sentences.length} sentences: ${text}`);
  }
});
