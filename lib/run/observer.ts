/**
 * Who hears how a run goes: whoever shows it, counts it or writes it down beside the run's own files.
 *
 * @module
 */

import { recordedForm } from "../dataset/form.ts";
import { selectionName } from "../dataset/hold_out.ts";
import { dataWords } from "../dataset/words.ts";
import { Progress } from "../progress.ts";
import type { EpochRecord } from "../report/record.ts";
import { percent } from "../text.ts";
import type { TrainingStep } from "../training/train.ts";
import type { RunOutcome, RunRequest } from "./request.ts";

/** A run about to train. What it is going to be is on disk already (`begun.json`). */
export interface RunBeginning {
  readonly request: RunRequest;
  /** The run's folder. */
  readonly folder: string;
  /** Epochs that were finished before, where the run is gone on with; nothing where it is new. */
  readonly resumedAfter?: number;
}

/** Hears of a run; whatever it does not care for is left out. A promise is waited for. */
export interface RunObserver {
  begin?(run: RunBeginning): void | Promise<void>;
  /** After each step. */
  step?(step: TrainingStep): void;
  /** After each epoch, with all so far. */
  epoch?(
    epoch: EpochRecord,
    so: { readonly history: readonly EpochRecord[]; readonly bestEpoch: number },
  ): void | Promise<void>;
  /** While the test images are scored: how many are done, and of which split. */
  score?(done: number, split: string): void;
  /** However training and scoring ended, also by an error. */
  end?(outcome: RunOutcome | undefined): void | Promise<void>;
}

/** Several observers as one; they hear of each thing in their order. */
export function observeAll(observers: readonly RunObserver[]): Required<RunObserver> {
  const tell = async (call: (observer: RunObserver) => void | Promise<void>) => {
    for (const observer of observers) await call(observer);
  };
  return {
    begin: (run) => tell((observer) => observer.begin?.(run)),
    step: (step) => observers.forEach((observer) => observer.step?.(step)),
    epoch: (epoch, so) => tell((observer) => observer.epoch?.(epoch, so)),
    score: (done, split) => observers.forEach((observer) => observer.score?.(done, split)),
    end: (outcome) => tell((observer) => observer.end?.(outcome)),
  };
}

/**
 * Shows an epoch under way as a bar, each finished one as a line, and the scoring as a bar that goes.
 *
 * @param quiet Shows nothing.
 */
export function showProgress(quiet: boolean): RunObserver {
  let label = "";
  let unit = "images";
  let epochs = 0;
  let selection = "";
  let shown = 0;
  let bar: Progress | undefined;
  let scoring: Progress | undefined;
  return {
    begin: ({ request, resumedAfter }) => {
      label = request.label;
      unit = dataWords(recordedForm(request.dataset)).samples;
      epochs = request.configuration.epochs;
      selection = selectionName(request.configuration);
      if (resumedAfter !== undefined && !quiet) {
        console.error(`${label}: going on after epoch ${resumedAfter} of ${epochs}`);
      }
    },
    step: ({ epoch, images, total, loss, accuracy }) => {
      if (epoch !== shown) {
        bar = new Progress(`${label}, epoch ${epoch}/${epochs}`, { total, unit, quiet });
        shown = epoch;
      }
      bar?.update(images, `loss ${loss.toFixed(3)}, accuracy ${percent(accuracy, 1)} %`);
    },
    epoch: (record, { bestEpoch }) =>
      bar?.finish(
        `loss ${record.trainingLoss.toFixed(3)}, accuracy ${
          percent(record.trainingAccuracy, 1)
        } %; ` +
          `${selection} ${percent(record.validationAccuracy, 1)} %` +
          (bestEpoch === record.epoch ? " (best so far)" : ""),
      ),
    score: (done, split) => {
      scoring ??= new Progress(`${label}, scoring`, { unit, quiet, keep: false });
      scoring.update(done, split);
    },
    end: () => {
      bar?.abandon();
      scoring?.finish();
    },
  };
}
