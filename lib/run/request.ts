/**
 * A run that is asked for, and how it ended.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { EpochRecord, RunFacts } from "../report/record.ts";
import type { Profiler } from "../training/profile.ts";

/** What to run, and where. */
export interface RunRequest {
  readonly configuration: Configuration;
  readonly seed: number;
  readonly dataset: Dataset;
  readonly execution: "traced" | "eager";
  /** The folder in which runs lie by their digest and seed. */
  readonly runsFolder: string;
  /** Start over, also where the run is done or was begun. */
  readonly fresh: boolean;
  /** Stops the run after the step under way. */
  readonly signal: AbortSignal;
  /** See `TrainingOptions`. */
  readonly detectAnomalies?: boolean;
  /** Say where the time goes. */
  readonly profile?: boolean;
  /** Keep histograms of weights and gradients every so many epochs. */
  readonly histograms?: number | null;
  /** Times it. */
  readonly profiler?: Profiler;
  /** The command, and the state of the checkout, for `run.json`. */
  readonly command: string;
  readonly git: RunFacts["git"];
  /** The text that `git` has the digest of. */
  readonly patch: string | null;
  /** What lines about this run begin with, such as `dropout-0.5, seed 2`. */
  readonly label: string;
}

/** How a run ended. */
export type RunOutcome =
  | { readonly status: "complete"; readonly folder: string; readonly found: boolean }
  | {
    readonly status: "interrupted";
    readonly folder: string;
    readonly epochs: readonly EpochRecord[];
  };
