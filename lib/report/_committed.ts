/** The reports that are committed, for tests. */

import { join } from "node:path";

const REPORTS = join(import.meta.dirname!, "..", "..", "reports");

/** Data sets whose reports are committed; what else lies in the folder is somebody's own. */
const DATA_SETS = ["crema-d", "face-network", "face-voice", "fer2013", "synthetic-example"];

/** The committed files of that name, in any of the reports' folders. */
export function committedFiles(name: string): string[] {
  return DATA_SETS.flatMap((dataSet) => filesBelow(join(REPORTS, dataSet), name)).sort();
}

function filesBelow(folder: string, name: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory) return filesBelow(path, name);
    return entry.name === name ? [path] : [];
  });
}
