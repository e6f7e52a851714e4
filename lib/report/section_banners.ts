/**
 * What a reader of a report is warned of before anything else.
 *
 * @module
 */

import { dataWords, isFaces } from "../dataset/words.ts";
import { caveatOf } from "./caveat.ts";
import { escape } from "./gfm.ts";
import type { ExperimentReport } from "./record.ts";
import { hasSyntheticChannel } from "./synthetic_channel.ts";
import { list, plural } from "./text.ts";

/** That runs are missing, that the data or a signal are made up, and what else is to be known of them. */
export function banners({ status, dataset, variants, seeds }: ExperimentReport): string[] {
  const lines: string[] = [];
  if (status === "interrupted") {
    const stopped = variants.flatMap(({ name, runs }) =>
      runs.filter((run) => run.status === "interrupted")
        .map((run) => `${name} with seed ${run.seed} after ${plural(run.epochs, "epoch")}`)
    );
    const missing = variants.flatMap(({ name, runs }) =>
      seeds.filter((seed) => !runs.some((run) => run.seed === seed))
        .map((seed) => `${name} with seed ${seed}`)
    );
    const what = [
      ...(stopped.length > 0 ? [`Stopped early: ${list(stopped)}.`] : []),
      ...(missing.length > 0 ? [`Not run: ${list(missing)}.`] : []),
      ...(stopped.length + missing.length === 0 ? ["Whole variants are missing."] : []),
    ];
    lines.push(
      `> [!WARNING]\n> **Interrupted: these are not the final results.** ${what.join(" ")} ` +
        "The same command goes on where it stopped.",
    );
  }
  if (dataset.synthetic) {
    const words = dataWords(dataset);
    lines.push(
      isFaces(words)
        ? "> [!IMPORTANT]\n> **Synthetic faces, not FER2013.** The images were drawn by a program; the " +
          "numbers say how the experiment runs, not how well a network recognises people's emotions."
        : `> [!IMPORTANT]\n> **Synthetic data.** The ${
          dataWords(dataset).samples
        } were made by a ` +
          "program; the numbers say how the experiment runs, not how well a network does on real data.",
    );
  }
  if (hasSyntheticChannel(variants)) {
    lines.push(
      "> [!IMPORTANT]\n> **Synthetic, not measured.** A program drew the physiological channel from each " +
        "sample's label: features as if of heart rate and skin conductance that tell a set number of " +
        "bits, and are independent of everything else once the class is known. It can show what a signal " +
        "of so many bits would add, at most; it cannot show how many bits a body tells, or whether it " +
        "tells something else than the face.",
    );
  }
  const caveat = caveatOf(dataset);
  if (caveat) {
    lines.push(`> [!IMPORTANT]\n> **${escape(caveat.title)}** ${escape(caveat.rest)}`);
  }
  return lines;
}
