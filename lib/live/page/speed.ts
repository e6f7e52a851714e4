/**
 * How fast a film's frames come.
 *
 * @module
 */

/** What one frame took, in milliseconds. */
export interface Timing {
  /** When it was done. */
  readonly time: number;
  readonly take: number;
  readonly find: number;
  readonly classify: number;
  readonly draw: number;
}

/** Milliseconds over which speed is told. */
const SPAN = 1000;

/** The timings of the last second, and always the last two: a frame may take longer than that. */
export function lastTimings(timings: readonly Timing[]): Timing[] {
  const now = timings.at(-1)?.time ?? 0;
  return timings.filter(({ time }, i) => now - time <= SPAN || i >= timings.length - 2);
}

/** Frames a second; nothing as long as there is but one. */
export function frameRate(timings: readonly Timing[]): number | undefined {
  if (timings.length < 2) return undefined;
  return 1000 * (timings.length - 1) / (timings.at(-1)!.time - timings[0]!.time);
}
