/**
 * What the original report claims, held against our own reports on the same data: a pure function of
 * them, so that no answer is older than its numbers.
 *
 * @module
 */

import { code, escape } from "./gfm.ts";
import { ORIGINAL } from "./original.ts";
import type { ExperimentReport, GroupReport, RunReport, VariantReport } from "./record.ts";
import { classesOf, effectiveVerdict, meanOver, testGap, verdictText } from "./summary.ts";
import {
  capital,
  list,
  percent,
  percentEstimate,
  percentInterval,
  percentOrNothing,
  points,
  pointsInterval,
} from "./text.ts";

/** A claim with what speaks for or against it, each as Markdown. */
export interface Claim {
  readonly claim: string;
  /** What our runs measured. */
  readonly found: string;
  /** In a few words. */
  readonly answer: string;
}

/**
 * Overfitting counts as cured where, after the last epoch, Training is recognised better than
 * PrivateTest by less than this, and the accuracy is not worse.
 */
export const CURED_GAP = 0.05;

/** What the report says of its training images: "over 99 %". */
const ORIGINAL_TRAINING = 0.99;

/**
 * Checks the original report's claims.
 *
 * @param reports Of experiments on FER2013; a claim whose experiment is not among them is left out.
 */
export function originalClaims(reports: readonly ExperimentReport[]): Claim[] {
  const named = (name: string) => reports.find(({ experiment }) => experiment.name === name);
  const [baseline, dropout, batchNorm, augmentation] = [
    named("baseline"),
    named("dropout"),
    named("batch-norm"),
    named("augmentation"),
  ];
  const network = baseline?.variants[0];
  return [
    ...(network ? [accuracyClaim(network), trainingClaim(network)] : []),
    ...(dropout ? [overfittingClaim("Dropout", dropout)] : []),
    ...(batchNorm ? [overfittingClaim("Batch normalisation", batchNorm)] : []),
    ...(augmentation ? balancingClaims(augmentation) : []),
    ...(network
      ? [
        ...confusionClaim(network.test, "fear", "sad"),
        ...confusionClaim(network.test, "angry", "fear"),
        ...weaknessClaim(network.test, "disgust"),
      ]
      : []),
  ];
}

/** The last epoch, or those of runs that stopped early at several. */
function lastEpochs(runs: readonly RunReport[]): string {
  return [...new Set(runs.map(({ last }) => last.epoch))].join(", ");
}

function accuracyClaim({ test, runs }: VariantReport): Claim {
  const { low, high } = test.accuracy;
  const last = meanOver(runs, (run) => run.last.test.accuracy);
  return {
    claim: `${percent(ORIGINAL.accuracy)} % of the test set after 71 epochs`,
    found: `${percentEstimate(test.accuracy)} % of PrivateTest at the best epoch (` +
      `${runs.map(({ best }) => best.epoch).join(", ")}), ${percent(last)} % after the last (` +
      `${lastEpochs(runs)})`,
    answer: low === null || high === null
      ? "–"
      : high < ORIGINAL.accuracy
      ? "**not reached**"
      : low > ORIGINAL.accuracy
      ? "**surpassed**"
      : "within the interval",
  };
}

function trainingClaim({ runs }: VariantReport): Claim {
  const last = meanOver(runs, (run) => run.last.trainingAccuracy);
  return {
    claim: "Over 99 % of the training images: overfitting",
    found: `${percent(last)} % of Training after epoch ${lastEpochs(runs)}, ` +
      `${percent(meanOver(runs, (run) => run.best.trainingAccuracy))} % at the best epoch`,
    answer: last > ORIGINAL_TRAINING ? "**yes**" : "**no**",
  };
}

function overfittingClaim(method: string, report: ExperimentReport): Claim {
  const gap = (variant: VariantReport) => testGap(variant, "last");
  const base = report.variants.find(({ name }) => name === report.baseline)!;
  const others = report.variants.filter((variant) => variant !== base);
  const names = (variants: readonly VariantReport[]) =>
    list(variants.map(({ name }) => code(name)));
  const narrowed = others.filter((variant) => gap(variant) < gap(base));
  // Who recognises nothing has no gap either. With one seed, too, what its network shows counts.
  const helpful = narrowed.filter(({ comparison }) =>
    !comparison || effectiveVerdict(comparison.test) !== "worse"
  );
  const cured = helpful.filter((variant) => gap(variant) < CURED_GAP);
  return {
    claim: `${method} cures the overfitting`,
    found: `Training less PrivateTest after epoch ${lastEpochs(base.runs)}: ` +
      [
        `${code(base.name)} ${points(gap(base), 1)} points`,
        ...others.map((variant) =>
          `${code(variant.name)} ${points(gap(variant), 1)}${gain(variant)}`
        ),
      ].join("; "),
    answer: cured.length > 0
      ? `**yes**, ${names(cured)}`
      : helpful.length > 0
      ? `**narrowed, not cured**, by ${names(helpful)}`
      : narrowed.length > 0
      ? `**no**, ${names(narrowed)} only by recognising less`
      : "**no**",
  };
}

/** What a variant did to the accuracy at the best epoch. */
function gain({ comparison }: VariantReport): string {
  if (!comparison) return "";
  const { difference, interval } = comparison.test;
  return ` (accuracy ${points(difference)} ${pointsInterval(interval)}: ` +
    `${verdictText(comparison.test)})`;
}

function balancingClaims({ variants, baseline }: ExperimentReport): Claim[] {
  const variant = variants.find(({ name }) => name === "balanced");
  if (!variant?.comparison) return [];
  return variant.comparison.recalls
    .filter(({ name }) => variant.configuration.balanceClasses.includes(name))
    .map((recall) => ({
      claim: `Augmented copies help ${recall.name}`,
      found: `Recall of ${recall.name} ${points(recall.difference)} points ` +
        `${pointsInterval(recall.interval)} against ${code(baseline)}`,
      answer: `**${verdictText(recall)}**`,
    }));
}

function confusionClaim(
  { classes, confusion }: GroupReport,
  label: string,
  taken: string,
): Claim[] {
  const names = classes.map(({ name }) => name);
  const row = confusion[names.indexOf(label)]!;
  const images = row.reduce((sum, value) => sum + value, 0);
  if (images === 0) return [];
  const errors = names.map((name, i) => ({ name, share: row[i]! / images }))
    .filter(({ name }) => name !== label)
    .sort((a, b) => b.share - a.share);
  const place = errors.findIndex(({ name }) => name === taken);
  const first = errors[0]!;
  return [{
    claim: `${capital(label)} is confused with ${taken}`,
    found: `${percent(errors[place]!.share, 1)} % of the ${escape(label)} images are taken for ` +
      `${escape(taken)}` +
      (place === 0
        ? `, more than for any other class (then ${errors[1]!.name}, ${
          percent(errors[1]!.share, 1)
        } %)`
        : `; for ${first.name} ${percent(first.share, 1)} %`),
    answer: place === 0 ? "**yes**" : `**more often with ${first.name}**`,
  }];
}

function weaknessClaim(group: GroupReport, name: string): Claim[] {
  const known = classesOf(group).flatMap(({ recall, ...rest }) =>
    recall ? [{ ...rest, recall }] : []
  );
  const own = known.find((each) => each.name === name);
  if (!own) return [];
  const lower = known.filter(({ recall }) => recall.mean < own.recall.mean);
  return [{
    claim: `Weak on ${name}`,
    found:
      `Recall ${percent(own.recall.mean, 1)} % ${percentInterval(own.recall)}, F1 ${
        percentOrNothing(own.f1, 1)
      } %; mean recall of the seven classes ${percent(group.macroRecall.mean, 1)} %` +
      (lower.length === 0
        ? ""
        : `; lower: ${
          list(lower.map((each) => `${each.name} ${percent(each.recall.mean, 1)} %`))
        }`),
    answer: lower.length === 0
      ? "**yes**, the weakest"
      : own.recall.mean < group.macroRecall.mean
      ? "**below the mean, not the weakest**"
      : "**no**",
  }];
}
