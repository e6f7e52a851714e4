/**
 * The section of a report on its data set.
 *
 * @module
 */

import { SPLITS } from "../dataset/dataset.ts";
import { type Emotion, EMOTIONS } from "../emotion.ts";
import { code, details, escape } from "./gfm.ts";
import type { ExperimentReport } from "./record.ts";
import { markdownTable } from "./table.ts";
import { count, plural } from "./text.ts";

/** How the images were split, how many there are of each class, and which were skipped. */
export function dataSection({ dataset, variants }: ExperimentReport): string[] {
  const split = {
    "official": "The split is the official one.",
    "own": "The split is the data's own.",
    "stratified-tenth":
      "**The split is not the official one**: PublicTest is a seeded stratified " +
      "tenth of Training.",
    "drawn": "**The split is not an official one**: it was drawn from all images, stratified by " +
      "class, copies of a picture all in one split.",
    "generated": "The split was generated with the faces.",
  }[dataset.split];
  const trained = Object.values(
    Object.groupBy(variants, ({ trainedOn }) => JSON.stringify(trainedOn)),
  ).map((group) => ({
    names: group!.map(({ name }) => escape(name)).join(", "),
    counts: group![0]!.trainedOn,
  }));
  const same = variants.every((v) => sameCounts(v.trainedOn, dataset.counts.Training));
  const rows = [
    ...SPLITS.map((name) => countRow(name, dataset.counts[name])),
    ...(same
      ? []
      : trained.map(({ names, counts }) =>
        countRow(`trained on${trained.length > 1 ? ` (${names})` : ""}`, counts)
      )),
  ];
  const lines = [
    `${escape(dataset.description).replace(/\.?$/, ".")} ${split} Of PrivateTest's images ` +
    `${
      count(dataset.cleanTestImages)
    } have no pixel-identical copy in Training or PublicTest: the ` +
    "clean images.",
    markdownTable(
      [
        { title: "Images" },
        ...[...EMOTIONS, "all"].map((title) => ({ title, align: "right" } as const)),
      ],
      rows,
    ),
    `Digest of pixels and labels: \`${dataset.digest}\`.`,
  ];
  if (dataset.skipped.length > 0) {
    const shown = dataset.skipped.slice(0, 50);
    const rest = dataset.skipped.length - shown.length;
    lines.push(
      `**${plural(dataset.skipped.length, "bad row")} skipped** under \`--skip-bad\`.`,
      details(
        "The skipped rows",
        shown.map(({ where, reason }) => `- ${code(where)}: ${escape(reason)}`).join("\n") +
          (rest > 0 ? `\n- and ${count(rest)} more, listed in the runs' record.json` : ""),
      ),
    );
  }
  return lines;
}

function countRow(name: string, counts: Readonly<Record<Emotion, number>>): string[] {
  const values = EMOTIONS.map((emotion) => counts[emotion]);
  return [name, ...values.map(count), count(values.reduce((a, b) => a + b, 0))];
}

function sameCounts(a: Readonly<Record<Emotion, number>>, b: typeof a): boolean {
  return EMOTIONS.every((emotion) => a[emotion] === b[emotion]);
}
