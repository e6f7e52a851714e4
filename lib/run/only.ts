/**
 * One run of an experiment's plan by itself: what each of several processes does.
 *
 * @module
 */

import { join } from "node:path";
import type { RunName } from "../cli.ts";
import { interruptAtEndOf, interruptible } from "../interruption.ts";
import { checkTrainable } from "../training/prepare.ts";
import { carryOutRun, openRuns, waitForRun } from "./carry_out.ts";
import { loadData } from "./data.ts";
import { isTold, tellEvents } from "./events.ts";
import { showProgress } from "./observer.ts";
import { isNamed, type Plan, planRuns, resultsFolder } from "./plan.ts";
import { expectUsable, lookAtCheckout, refuseToBegin } from "./prepare.ts";
import { runsIn } from "./state.ts";

/**
 * Carries out one run of a plan. It writes neither plan nor report: that is for whoever starts several.
 * Started by a sweep it tells that how it goes, and stops, as after Ctrl-C, when the sweep is gone.
 *
 * @param plan What the run is of.
 * @param only Which of its runs.
 * @throws {Interrupted} After Ctrl-C.
 * @throws {UserError} For data that cannot be used, or where the run fails.
 */
export async function carryOutOnly(plan: Plan, only: RunName): Promise<void> {
  const { request } = plan;
  const told = isTold();
  if (told) interruptAtEndOf(Deno.stdin.readable);
  await expectUsable([plan]);
  const dataset = await loadData(request);
  const results = join(request.out, resultsFolder(dataset, request));
  await interruptible(async (signal) => {
    const checkout = await lookAtCheckout(request);
    const run = planRuns(plan, { dataset, runsFolder: runsIn(results), signal, ...checkout }, {
      named: false,
    })
      .find((run) => isNamed(run, only))!;
    checkTrainable(dataset, [run]);
    if (request.resume) await refuseToBegin([run], results);
    const open = await openRuns([run]);
    const { quiet } = request;
    const options = { quiet, observer: told ? tellEvents() : showProgress(quiet) };
    if (!await carryOutRun(run, open, options)) await waitForRun(run, open, options);
  });
}
