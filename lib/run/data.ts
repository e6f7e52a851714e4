/**
 * The data that a command line asks for.
 *
 * @module
 */

import { basename } from "node:path";
import type { ExperimentRequest } from "../cli.ts";
import { chooseClasses } from "../dataset/choices.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { Progress } from "../progress.ts";

/** Loads the data set that is asked for, or draws faces. */
export async function loadData(
  { data, faces, skipBad, split, followLinks, choices, quiet }: Pick<
    ExperimentRequest,
    "data" | "faces" | "skipBad" | "split" | "followLinks" | "choices" | "quiet"
  >,
): Promise<Dataset> {
  if (data === null) {
    const { suiteFaces, generateFaces } = await import("../dataset/synthetic.ts");
    const { size } = choices;
    const dataset = generateFaces({ ...suiteFaces(faces!), ...size === undefined ? {} : { size } });
    return chooseClasses(dataset, choices);
  }
  const { loadDataset } = await import("../dataset/load.ts");
  let progress: Progress | undefined;
  try {
    return await loadDataset(data, {
      skipBad,
      followLinks,
      choices,
      ...split === null ? {} : { shares: split },
      onProgress: (done, total) => {
        progress ??= new Progress(`Loading ${basename(data)}`, { total, quiet, keep: false });
        progress.update(done);
      },
    });
  } finally {
    progress?.finish();
  }
}
