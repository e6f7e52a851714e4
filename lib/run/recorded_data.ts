/**
 * The data that a finished run was made on, once more.
 *
 * @module
 */

import { MOST_FACES } from "../cli.ts";
import { bundledPath } from "../dataset/bundled.ts";
import { recordedToChoices } from "../dataset/choices.ts";
import { type Dataset, perSplit } from "../dataset/dataset.ts";
import { sharesOf } from "../dataset/draw.ts";
import { formOf } from "../dataset/form.ts";
import { drawnFaces } from "../dataset/synthetic.ts";
import { UserError } from "../error.ts";
import { userPath } from "../paths.ts";
import type { RunRecord } from "../report/record.ts";
import { loadData } from "./data.ts";

/**
 * Loads or draws the data of a record, each only once; with the splits and choices that the record
 * tells of.
 *
 * @param given Where it is, unless it is synthetic; else `FER_LAB_DATA` says so.
 */
export function dataLoader(
  given: string | undefined,
  { quiet, followLinks = false, votes }: {
    readonly quiet: boolean;
    readonly followLinks?: boolean;
    readonly votes?: string | undefined;
  },
) {
  const named = Deno.env.get("FER_LAB_DATA");
  const data = given ?? (named ? userPath(named) : undefined);
  const loaded = new Map<string, Promise<Dataset>>();
  return ({ dataset }: RunRecord): Promise<Dataset> => {
    const { name, synthetic, description, counts, skipped, choices } = dataset;
    const source = data ?? bundledPath(name);
    if (!synthetic && source === undefined) {
      throw new UserError(
        `The run was made on ${name}: say where it is with --data PATH or in FER_LAB_DATA`,
      );
    }
    const faces = (choices && drawnFaces(description)) ??
      perSplit((split) => Object.values(counts[split]).reduce((sum, n) => sum + n, 0));
    const most = Math.max(...Object.values(faces));
    if (synthetic && !(Math.min(...Object.values(faces)) > 0 && most <= MOST_FACES)) {
      throw new UserError(
        `The record tells of splits of ${
          Object.values(faces)
        } synthetic faces, and each has from 1 ` +
          `to ${MOST_FACES}: it was changed after the run`,
      );
    }
    const skipBad = skipped.length > 0;
    const split = sharesOf(description) ?? null;
    const [size] = formOf(dataset).sample.shape;
    const how = {
      ...{ skipBad, split, followLinks, quiet },
      choices: recordedToChoices(choices, { size: size!, votes }),
    };
    const request = synthetic
      ? { data: null, faces, ...how }
      : { data: source!, faces: null, ...how };
    const key = JSON.stringify(request);
    if (!loaded.has(key)) loaded.set(key, loadData(request));
    return loaded.get(key)!;
  };
}
