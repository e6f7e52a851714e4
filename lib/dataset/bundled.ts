/**
 * The data sets that come with the checkout, by their names.
 *
 * @module
 */

import { BUNDLED_PAIRS, BUNDLED_PROBABILITIES, BUNDLED_VOTES } from "../paths.ts";
import { VOTES_DIGEST } from "./crema_d.ts";
import { FACE_NETWORK_DIGEST } from "./face_network.ts";
import { PAIRS_DIGEST } from "./face_voice.ts";

const BUNDLED: Readonly<Record<string, { readonly path: string; readonly digest: string }>> = {
  "crema-d": { path: BUNDLED_VOTES, digest: VOTES_DIGEST },
  "face-network": { path: BUNDLED_PROBABILITIES, digest: FACE_NETWORK_DIGEST },
  "face-voice": { path: BUNDLED_PAIRS, digest: PAIRS_DIGEST },
};

/** Their digests. */
export const BUNDLED_DIGESTS: readonly string[] = Object.values(BUNDLED).map(({ digest }) =>
  digest
);

/** Where the data set of this name is; undefined where none comes along. */
export function bundledPath(name: string): string | undefined {
  return Object.hasOwn(BUNDLED, name) ? BUNDLED[name]!.path : undefined;
}
