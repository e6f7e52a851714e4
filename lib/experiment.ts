/**
 * What an experiment is: a question, and the variants that answer it.
 *
 * An experiment's file imports this and little else: what runs it is loaded when it is run, so that
 * Ctrl-C is heard from the first moment on.
 *
 * @module
 */

import type { ExperimentDescription } from "./cli.ts";
import type { Configuration } from "./configuration.ts";
import { runMain } from "./main.ts";
import type { ExperimentText, PlannedContrast } from "./report/record.ts";

/** One thing tried: its name and what it changes of the baseline. */
export interface Variant {
  readonly name: string;
  readonly description: string;
  /** The hyper-parameters that differ from the baseline's; empty for the baseline itself. */
  readonly changes: Partial<Configuration>;
  /** Whether it is a control or a ceiling: compared like the others, and never chosen. */
  readonly control?: true;
}

/** A question with the variants that answer it; the first is what the others are compared with. */
export interface Experiment extends ExperimentText {
  readonly variants: readonly Variant[];
  /** The data it is about, where these come with the checkout. */
  readonly bundled?: ExperimentDescription["bundled"];
  /** Comparisons with others than the first: what a change does to a variant that has some already. */
  readonly contrasts?: readonly PlannedContrast[];
}

/**
 * The main function of an experiment's file: reads the command line, runs every variant with every
 * seed, writes the report, and exits with the command's code.
 *
 * @param experiment What to run.
 * @param args Usually `Deno.args`.
 */
export async function runExperiment(experiment: Experiment, args: readonly string[]) {
  await runMain(async () => {
    const { main } = await import("./run/command.ts");
    await main(experiment, args);
  });
}
