/**
 * The flag of commands that look at faces with a trained network.
 *
 * @module
 */

import { text } from "../flags.ts";

/** `--model`, for `findNetwork`. */
export const MODEL_FLAG = text(
  "MODEL",
  "The network: a run's folder, a model file, or a report or its variant, such as " +
    "reports/own/fer2013/combination#combined",
  "the one in models",
);
