/**
 * Probabilities of faces that move, followed from frame to frame and smoothed over time.
 *
 * @module
 */

import type { Square } from "../../face/cut.ts";

/** Seconds after which what was seen counts by 1/e. */
export const TIME_CONSTANT = 0.4;
/** Two squares are one face where they share at least this of what both cover. */
const LEAST_SHARED = 0.3;
/** Seconds after which a face that was not found again is forgotten. */
const FORGOTTEN = 0.6;

interface Seen {
  readonly square: Square;
  readonly probabilities: readonly number[];
}

interface Track extends Seen {
  readonly number: number;
  readonly time: number;
}

/** Follows faces. */
export class Smoother {
  #tracks: Track[] = [];
  #next = 1;

  /**
   * Takes the faces of a frame.
   *
   * @param time Of the frame, in seconds.
   * @returns The same faces with smoothed probabilities and the number of the face, which stays.
   */
  take<Face extends Seen>(faces: readonly Face[], time: number): (Face & { number: number })[] {
    const free = new Set(this.#tracks.filter((track) => time - track.time < FORGOTTEN));
    const taken: Track[] = [];
    const smoothed = faces.map((face) => {
      const before = [...free]
        .map((track) => ({ track, shared: sharedOf(face.square, track.square) }))
        .filter(({ shared }) => shared >= LEAST_SHARED)
        .sort((a, b) => b.shared - a.shared)[0]?.track;
      if (before) free.delete(before);
      const keep = before ? Math.exp(-(time - before.time) / TIME_CONSTANT) : 0;
      const probabilities = face.probabilities.map((value, i) =>
        before ? keep * before.probabilities[i]! + (1 - keep) * value : value
      );
      const number = before?.number ?? this.#next++;
      taken.push({ square: face.square, probabilities, number, time });
      return { ...face, probabilities, number };
    });
    this.#tracks = [...taken, ...free];
    return smoothed;
  }
}

/** What two squares share, as a share of what both cover together. */
function sharedOf(a: Square, b: Square): number {
  const along = (axis: "x" | "y") =>
    Math.max(0, Math.min(a[axis] + a.side, b[axis] + b.side) - Math.max(a[axis], b[axis]));
  const both = along("x") * along("y");
  return both / (a.side ** 2 + b.side ** 2 - both);
}
