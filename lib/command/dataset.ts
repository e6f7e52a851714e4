/**
 * `deno task dataset`: what is in a data set, and what is wrong with it.
 *
 * @module
 */

import { readCommandLine } from "../command_line.ts";
import { type Audit, auditDataset, NEAR_BLANK_DEVIATION } from "../dataset/audit.ts";
import { DATA_FLAGS, parseDataFlags } from "../data_flags.ts";
import { chooseClasses } from "../dataset/choices.ts";
import { type ClassCounts, type Dataset, type SplitName, SPLITS } from "../dataset/dataset.ts";
import { parseShares } from "../dataset/draw.ts";
import { loadDataset, type LoadOptions } from "../dataset/load.ts";
import { generateFaces } from "../dataset/synthetic.ts";
import { UsageError } from "../error.ts";
import { expectFilePlaces, writeFileWhole } from "../file.ts";
import { type Command, commandHelp, flag, path, text, whole } from "../flags.ts";
import { runMain } from "../main.ts";
import { shownPath } from "../paths.ts";
import { showWhile } from "../progress.ts";
import { markdownTable, right, terminalTable } from "../report/table.ts";
import { canRedraw, terminalWidth } from "../terminal.ts";
import { count, plural, wrap } from "../text.ts";

const ANY_WHOLE = [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const;

const COMMAND = {
  name: "dataset",
  summary: "Counts a data set's images and audits it: copies, conflicting labels, blank images.",
  flags: {
    data: path(
      "PATH",
      "FER2013 as the Kaggle CSV, a folder (train/<class>/*, test/<class>/*), or a zip of " +
        "either; without it, the embedded synthetic faces are audited",
    ),
    split: text(
      "A/B/C",
      "Of data that is class folders alone, draw Training, PublicTest and PrivateTest, in " +
        "percent: --split 80/10/10",
    ),
    "follow-links": flag("Follow links that lead out of the folder, or to folders"),
    ...DATA_FLAGS,
    json: path("FILE", "Also write the audit as JSON, with every group of conflicting labels"),
    md: path("FILE", "Also write it as Markdown"),
    "skip-bad": flag("Leave out rows and files that cannot be used, and list them"),
    seed: whole(
      "N",
      "Seed of the synthetic faces, or of what is drawn where the data has no splits",
      { range: ANY_WHOLE, otherwise: "0" },
    ),
  },
  hint: (word: string) => word.startsWith("-") ? undefined : `name the data with --data ${word}`,
  notes: [
    "Exit code 0: done; 1: the data could not be loaded; 2: the command line could not be understood.",
  ],
} as const satisfies Command;

const HOW_TO_GET =
  `To get FER2013, see data/README.md; then: deno task dataset --data data/fer2013.csv`;

/** How many synthetic faces are drawn for an audit. */
const SYNTHETIC_SIZE = { training: 5_000, publicTest: 1_000, privateTest: 1_000 };

/** Skipped images shown in the terminal; JSON and Markdown list all. */
const SHOWN_SKIPPED = 10;

/** Loads, audits, prints and writes, as the flags say. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, flags } = readCommandLine(args, COMMAND);
  if (help) return console.log(commandHelp(COMMAND));
  const { data, split, seed = 0, "follow-links": followLinks, "skip-bad": skipBad } = flags;
  const shares = split === undefined ? {} : { shares: parseShares(split) };
  if (data === undefined && (split !== undefined || followLinks)) {
    throw new UsageError(`--${followLinks ? "follow-links" : "split"} needs --data: see --help`);
  }
  const { json, md } = flags;
  await expectFilePlaces({ json, md });
  const choices = parseDataFlags(flags, { hasData: data !== undefined });
  const { size } = choices;
  const faces = { seed, ...SYNTHETIC_SIZE, ...size === undefined ? {} : { size } };
  const dataset = data === undefined
    // Said before the drawing, which lets nothing else happen until its end.
    ? await showWhile(
      "Drawing faces",
      Promise.resolve().then(() => chooseClasses(generateFaces(faces), choices)),
    )
    : await load(data, { seed, skipBad, followLinks, choices, ...shares });
  const audit = auditDataset(dataset);
  console.log(auditText(audit, { width: terminalWidth() }));
  if (data === undefined) console.log(HOW_TO_GET);
  const write = async (file: string, text: string) => {
    await writeFileWhole(file, text);
    console.log(`Wrote ${shownPath(file)}`);
  };
  if (flags.json !== undefined) await write(flags.json, `${JSON.stringify(audit, null, 2)}\n`);
  if (flags.md !== undefined) await write(flags.md, auditMarkdown(audit));
}

/** Loads with a line of progress where somebody watches. */
async function load(path: string, options: LoadOptions): Promise<Dataset> {
  const watched = canRedraw(Deno.stderr);
  const encoder = new TextEncoder();
  const say = (text: string) => watched && Deno.stderr.writeSync(encoder.encode(`\r\x1b[K${text}`));
  let shown = -1;
  try {
    return await loadDataset(path, {
      ...options,
      onProgress: (done, total) => {
        const percent = total === 0 ? 100 : Math.floor(100 * done / total);
        if (percent > shown) say(`Loading ${shownPath(path)}: ${shown = percent} %`);
      },
    });
  } finally {
    if (shown >= 0) say("");
  }
}

/**
 * The audit for the terminal.
 *
 * @param options `width`: its columns.
 */
export function auditText(audit: Audit, { width }: { readonly width: number }): string {
  const lines = [
    ...wrap(`${audit.name}: ${audit.description}`, width),
    `Digest ${audit.digest}`,
    "",
    terminalTable(...countsTable(audit), { width }),
    terminalTable(...findingsTable(audit), { width }),
  ];
  const { skipped } = audit;
  if (skipped.length > 0) {
    lines.push(`Skipped ${skipped.length}:`);
    for (const { where, reason } of skipped.slice(0, SHOWN_SKIPPED)) {
      lines.push(`  ${where}: ${reason}`);
    }
    if (skipped.length > SHOWN_SKIPPED) {
      lines.push(`  and ${skipped.length - SHOWN_SKIPPED} more (--json and --md list all)`);
    }
    lines.push("");
  }
  return lines.join("\n").trimEnd();
}

/** The audit as Markdown: a function of the audit alone. */
export function auditMarkdown(audit: Audit): string {
  const title = audit.synthetic ? "Synthetic faces (not FER2013)" : audit.name;
  const sections = [
    `# Data set: ${title}\n\n${audit.description}.\n\nDigest: \`${audit.digest}\`\n`,
    `## Images\n\n${markdownTable(...countsTable(audit))}`,
    `## Findings\n\nImages are copies where all decoded pixels are equal.\n\n${
      markdownTable(...findingsTable(audit))
    }`,
  ];
  if (audit.conflicts.groups > 0) {
    const rows = audit.conflicts.list.map(({ id, members }) => [
      `\`${id}\``,
      members.map(({ split, label }) => `${label} (${split})`).join(", "),
    ]);
    sections.push(
      `## Copies with different labels\n\n${
        markdownTable([{ title: "Image" }, { title: "Labels" }], rows)
      }`,
    );
  }
  if (audit.skipped.length > 0) {
    const rows = audit.skipped.map(({ where, reason }) => [where, reason]);
    sections.push(`## Skipped\n\n${markdownTable([{ title: "Where" }, { title: "Why" }], rows)}`);
  }
  return sections.join("\n");
}

type TableArguments = Parameters<typeof markdownTable>;

function countsTable({ counts }: Audit): TableArguments {
  const total = (split: SplitName) => imagesIn(counts[split]);
  const row = (title: string, of: (split: SplitName) => number) => [
    title,
    ...SPLITS.map((split) => count(of(split))),
    count(SPLITS.reduce((sum, split) => sum + of(split), 0)),
  ];
  return [
    [
      { title: "Class" },
      ...right(...[...SPLITS, "All"]),
    ],
    [
      ...Object.keys(counts.Training).map((name) => row(name, (split) => counts[split][name]!)),
      row("all", total),
    ],
  ];
}

function imagesIn(counts: ClassCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function findingsTable(audit: Audit): TableArguments {
  const { copies, conflicts, redundantWithin } = audit;
  const sum = (counts: Readonly<Record<SplitName, number>>) =>
    SPLITS.reduce((total, split) => total + counts[split], 0);
  const bySplit = (counts: Readonly<Record<SplitName, number>>) => {
    const parts = SPLITS.filter((split) => counts[split] > 0)
      .map((split) => `${count(counts[split])} ${split}`);
    return parts.length === 0 ? "" : parts.join(", ");
  };
  const test = imagesIn(audit.counts.PrivateTest);
  return [
    [{ title: "Finding" }, ...right("Images"), { title: "Remark" }],
    [
      ["distinct", count(audit.distinct), ""],
      [
        "redundant (copies of another)",
        count(audit.redundant),
        `${(100 * audit.redundant / audit.images).toFixed(2)} %; within ${
          bySplit(redundantWithin) || "no split"
        }`,
      ],
      ["PrivateTest with a copy in Training", count(copies.privateTestInTraining), ""],
      ["PrivateTest with a copy in PublicTest", count(copies.privateTestInPublicTest), ""],
      [
        "PrivateTest with a copy in either",
        count(copies.privateTestInEither),
        `${(100 * copies.privateTestInEither / test).toFixed(2)} % of PrivateTest`,
      ],
      ["PrivateTest, clean", count(audit.cleanPrivateTest), "no copy in the other splits"],
      ["PublicTest with a copy in Training", count(copies.publicTestInTraining), ""],
      [
        "Training with a copy in the others",
        count(copies.trainingInOthers),
        "left out of training by --set dedupe=true",
      ],
      [
        "copies with different labels",
        count(conflicts.images),
        `in ${plural(conflicts.groups, "group")}`,
      ],
      ["black", count(sum(audit.black)), bySplit(audit.black)],
      ["blank (one gray value), black included", count(sum(audit.blank)), bySplit(audit.blank)],
      [
        "near-blank",
        count(sum(audit.nearBlank)),
        `standard deviation under ${NEAR_BLANK_DEVIATION}; the lowest is ${
          audit.lowestDeviation.toFixed(1)
        }`,
      ],
    ],
  ];
}

if (import.meta.main) await runMain(() => main(Deno.args));
