/**
 * The data that a command line asks for.
 *
 * @module
 */

import { basename } from "node:path";
import type { ExperimentRequest } from "../cli.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { Progress } from "../progress.ts";

/** Loads the data set that is asked for, or draws faces. */
export async function loadData(
  { data, faces, skipBad, split, followLinks, quiet }: Pick<
    ExperimentRequest,
    "data" | "faces" | "skipBad" | "split" | "followLinks" | "quiet"
  >,
): Promise<Dataset> {
  if (data === null) {
    const { suiteFaces, generateFaces } = await import("../dataset/synthetic.ts");
    return generateFaces(suiteFaces(faces!));
  }
  const { loadDataset } = await import("../dataset/load.ts");
  let progress: Progress | undefined;
  try {
    return await loadDataset(data, {
      skipBad,
      followLinks,
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
