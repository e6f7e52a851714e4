/**
 * What an experiment's command does, from its arguments to its figures.
 *
 * @module
 */

import { helpText, parseExperimentArgs } from "../cli.ts";
import { BASELINE } from "../configuration.ts";
import type { Experiment } from "../experiment.ts";
import { carryOut } from "./carry_out.ts";
import { checkExperiment } from "./check.ts";
import { carryOutOnly } from "./only.ts";
import { showOrTell } from "./show.ts";

/**
 * Runs an experiment as the flags say.
 *
 * @throws {UserError} Where its file has a mistake.
 */
export async function main(experiment: Experiment, args: readonly string[]): Promise<void> {
  await checkExperiment(experiment);
  const options = { experiment, base: BASELINE };
  const request = parseExperimentArgs(args, options);
  if (request.help) return console.log(helpText(options));
  if (request.only) return await carryOutOnly({ experiment, request }, request.only);
  const folder = await carryOut(experiment, request);
  if (request.show) await showOrTell([folder]);
}
