/**
 * `deno task probabilities`: makes one file of what a run's network says of the test images.
 *
 * @module
 */

import { readCommandLine } from "../command_line.ts";
import { formOf } from "../dataset/form.ts";
import { formatScoredImages, SCORED_SPLITS } from "../dataset/scored_images.ts";
import { expectFilePlace, writeFileWhole } from "../file.ts";
import { type Command, commandHelp, path } from "../flags.ts";
import { runMain } from "../main.ts";
import { BUNDLED_PROBABILITIES, shownPath } from "../paths.ts";
import { findRun } from "../run/find_network.ts";
import { readScoredRun } from "../run/scored_run.ts";
import { plural } from "../text.ts";

const COMMAND = {
  name: "probabilities",
  summary: "Makes one file of what a run's network says of the images of PublicTest and " +
    "PrivateTest, for experiments that add another signal to it.",
  usage: "RUN [flags]",
  words: {
    name: "RUN",
    meaning: "A finished run's folder, or a report or its variant, such as " +
      "reports/fer2013/deep#residual-whole: of the seed that PublicTest chooses",
    least: 1,
    most: 1,
    request: "Name one run",
  },
  flags: {
    out: path("FILE", "Where it goes", shownPath(BUNDLED_PROBABILITIES)),
  },
  examples: ["deno task probabilities reports/fer2013/deep#residual-whole"],
} as const satisfies Command;

/** Reads the run, writes the file, and says what is in it. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, flags, words } = readCommandLine(args, COMMAND);
  if (help) return console.log(commandHelp(COMMAND));
  const out = flags.out ?? BUNDLED_PROBABILITIES;
  await expectFilePlace(out);
  const folder = await findRun(
    words[0]!,
    "Is a model file and has no predictions: name a run's folder",
  );
  const run = await readScoredRun(folder, "what goes on from a network");
  const { classes } = formOf(run.record.dataset);
  const of = { PublicTest: run.validation, PrivateTest: run.test };
  const images = SCORED_SPLITS.flatMap((split) =>
    of[split].images.map((image, i) => ({
      split,
      image,
      label: of[split].labels[i]!,
      probabilities: [
        ...of[split].probabilities.subarray(i * classes.length, (i + 1) * classes.length),
      ],
    }))
  );
  await writeFileWhole(out, formatScoredImages({ classes, images }));
  const { digest, seed } = run.record;
  console.log(`Run ${digest}, seed ${seed}, ${plural(images.length, "image")}: ${shownPath(out)}`);
}

if (import.meta.main) await runMain(() => main(Deno.args));
