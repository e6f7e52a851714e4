/**
 * Digests, by which contents are known.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** SHA-256 of bytes, or of a text in UTF-8: 64 hex digits. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Digits of a digest that name a run, where they are shown. */
const SHORT_DIGITS = 7;

/** The beginning of a digest, as runs are called by it. */
export function shortDigest(digest: string): string {
  return digest.slice(0, SHORT_DIGITS);
}

/** The beginning of a commit, where it is shown. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 12);
}
