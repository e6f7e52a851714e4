/**
 * What a network costs, from its configuration: parameters and multiply-adds.
 *
 * @module
 */

import { augmentedForm } from "../augmentation/pipeline.ts";
import { type RecordedConfiguration, wholeConfiguration } from "../configuration.ts";
import { formOf, type RecordedForm } from "../dataset/form.ts";
import { networkLayers } from "../model/families.ts";
import { type NetworkCost, networkCost } from "../model/layers.ts";
import { networkRefusal } from "../model/network.ts";
import { count, NOTHING } from "./text.ts";

/** What is counted, for those who want to know. */
export const MULTIPLY_ADDS =
  "Multiply-adds (MMAC: millions of them) are those of the convolutions and dense layers for one " +
  "sample, forwards; normalisation, activations, pooling and additions count nothing.";

/**
 * The cost of a configuration's network on data of a form, crops of them where it trains on crops.
 *
 * @returns Nothing for a network that this version cannot build.
 */
export function costOf(
  configuration: RecordedConfiguration,
  recorded: RecordedForm,
): NetworkCost | undefined {
  const whole = wholeConfiguration(configuration);
  try {
    const { classes, sample } = formOf(recorded);
    // A network gets some of the modalities, and is small.
    if (sample.modalities) return undefined;
    const form = { classes, sample: augmentedForm(sample, whole.augment) };
    if (networkRefusal(whole, form.sample) !== undefined) return undefined;
    return networkCost(networkLayers(whole, form));
  } catch (error) {
    // A record of a later version may name a network that is not known here.
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** Columns of {@linkcode costCells}. */
export const COST_COLUMNS = ["Parameters", "MMAC"] as const;

/** Parameters and millions of multiply-adds, as cells of a table. */
export function costCells(cost: NetworkCost | undefined): string[] {
  return cost ? [count(cost.parameters), millions(cost.multiplyAdds)] : [NOTHING, NOTHING];
}

/** Whether networks take different amounts of computing, so that a table should say how much. */
export function costsDiffer(costs: readonly (NetworkCost | undefined)[]): boolean {
  return new Set(costs.map((cost) => cost?.multiplyAdds)).size > 1;
}

/** Of so many networks or more a figure shows what a table does not: how accuracy goes with cost. */
const FEWEST_COSTS = 4;

/** Whether networks are of so many different amounts of computing that they are drawn by it. */
export function costsDrawn(costs: readonly (NetworkCost | undefined)[]): boolean {
  return new Set(costs.flatMap((cost) => cost?.multiplyAdds ?? [])).size >= FEWEST_COSTS;
}

/** Millions, of which three digits count: `17.2`, `100`, `0.087`. */
export function millions(number: number): string {
  const value = number / 1e6;
  return value >= 100 ? count(Math.round(value)) : String(Number(value.toPrecision(3)));
}
