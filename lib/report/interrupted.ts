/**
 * What stands in place of a report when an experiment was stopped before its first run was finished.
 *
 * @module
 */

import { code, escape } from "./gfm.ts";
import type { ExperimentText } from "./record.ts";
import type { EpochRecord } from "../training/epoch.ts";
import { markdownTable, right } from "./table.ts";
import { percent } from "./text.ts";

/** An experiment that was stopped in its first run. */
export interface InterruptedSource {
  readonly experiment: ExperimentText;
  /** As in a record. */
  readonly dataset: { readonly description: string; readonly synthetic: boolean };
  /** The command that goes on. */
  readonly command: string;
  /** The run that was stopped. */
  readonly run: {
    readonly variant: string;
    readonly seed: number;
    /** The epoch it was stopped in, from 1. */
    readonly epoch: number;
    /** How many there are to be. */
    readonly epochs: number;
    /** What the best of them is chosen on, such as PublicTest. */
    readonly selection: string;
    /** The finished ones. */
    readonly history: readonly EpochRecord[];
  };
}

/**
 * Writes as Markdown where an experiment was stopped and how to go on. There is no test score in it:
 * PrivateTest is scored once, when a run is finished.
 *
 * @param source The run that was stopped.
 */
export function renderInterrupted(
  { experiment, dataset, command, run }: InterruptedSource,
): string {
  const { variant, seed, epoch, epochs, selection, history } = run;
  const sections = [
    `# ${experiment.title}`,
    "> [!WARNING]\n> **Interrupted: there is no result yet.** " +
    `${code(variant)} with seed ${seed} was stopped in epoch ${epoch} of ${epochs}, and no run ` +
    "was finished. PrivateTest has not been scored.",
    ...(dataset.synthetic ? ["> [!IMPORTANT]\n> **Synthetic faces, not FER2013.**"] : []),
    `**Question.** ${experiment.question}`,
    `Data: ${escape(dataset.description)}.`,
    "## So far",
    history.length === 0 ? "No epoch was finished." : progressTable(history, selection),
    "## How to go on",
    "Nothing is lost. This command goes on where it stopped:",
    "```sh\n" + command + "\n```",
  ];
  return sections.map((section) => section.trimEnd()).join("\n\n") + "\n";
}

function progressTable(history: readonly EpochRecord[], selection: string): string {
  return markdownTable(
    [
      ...right("Epoch", "Training loss", "Training accuracy %", `${selection} accuracy %`),
    ],
    history.map(({ epoch, trainingLoss, trainingAccuracy, validationAccuracy }) => [
      `${epoch}`,
      trainingLoss.toFixed(3),
      percent(trainingAccuracy),
      percent(validationAccuracy),
    ]),
  );
}
