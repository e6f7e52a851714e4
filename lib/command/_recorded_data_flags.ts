/**
 * The flags of commands that need a record's data again.
 *
 * @module
 */

import { flag, path } from "../flags.ts";

/** Where the data are, and what has to be said of them; for `dataLoader`. */
export const RECORDED_DATA_FLAGS = {
  data: path("PATH", "The data set, unless it is synthetic; else FER_LAB_DATA says where it is"),
  "follow-links": flag("Follow links that lead out of the data's folder"),
  votes: path("FILE", "FER+'s votes, of a run that was trained on them"),
} as const;
