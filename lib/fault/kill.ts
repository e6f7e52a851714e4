/**
 * Runs that are killed at random moments until they are complete, and whether they come out as if
 * nothing had happened.
 *
 * @module
 */

import { join } from "node:path";
import { randomStream } from "../seed.ts";
import { brokenFiles, describeOutput, differences, filesIn, fingerprint } from "./output.ts";
import { countChanges, type Ended, runTask } from "./process.ts";

/** What is run and killed. */
export interface KillOptions {
  /** Such as `exp:baseline`. */
  readonly task: string;
  /** Its arguments, without `--out`. */
  readonly args: readonly string[];
  /** An empty folder to work in, where the task may write. */
  readonly folder: string;
  readonly seed: number;
  /** Kills of one run at most; then it is left to complete. */
  readonly killsPerRun: number;
  /** Hears what goes on, one line each. */
  readonly onNote: (line: string) => void;
}

/** The uninterrupted run that the others are held against. */
export interface Reference {
  readonly fingerprint: ReadonlyMap<string, string>;
  readonly milliseconds: number;
  /** Changes that the run makes in its folder. */
  readonly changes: number;
  readonly peakMemory: number;
}

/** What killing one run came to. */
export interface KilledRun {
  /** Kills that met a living process. */
  readonly kills: number;
  /** Where they met it: what was on disk, and how often. */
  readonly found: ReadonlyMap<string, number>;
  /** Anything that may not be, one line each. */
  readonly failures: readonly string[];
  readonly peakMemory: number;
}

/** Carries out the run that the others are held against. */
export async function makeReference(options: Omit<KillOptions, "seed">): Promise<Reference> {
  const out = join(options.folder, "reference");
  const { changes, result } = await countChanges(
    out,
    () => runTask(options.task, [...options.args, "--out", out]),
  );
  const { code, stderr, milliseconds, peakMemory } = result;
  if (code !== 0) throw new Error(`The uninterrupted run failed: ${stderr}`);
  const trouble = await brokenFiles(out);
  if (trouble.length > 0) throw new Error(`The uninterrupted run left ${trouble.join("; ")}`);
  return { fingerprint: await fingerprint(out), milliseconds, changes, peakMemory };
}

/**
 * Begins a run, kills it at random moments, goes on with it, and compares what it comes to. Half of
 * the kills are at a random time, the others at a random change on disk, so that the short moments in
 * which files are written are met as well.
 */
export async function killAndResume(
  options: KillOptions,
  reference: Reference,
): Promise<KilledRun> {
  const { task, args, seed, onNote } = options;
  const random = randomStream(seed, "faults", "kill");
  const out = join(options.folder, `killed-${seed}`);
  const failures: string[] = [];
  const found = new Map<string, number>();
  let kills = 0;
  let peakMemory = 0;
  let last: Ended | undefined;
  for (let n = 0; n <= options.killsPerRun; n++) {
    const moment = n === options.killsPerRun
      ? {}
      : random.integer(0, 2) === 0
      ? { killAfter: random.integer(1, Math.ceil(1.1 * reference.milliseconds)) }
      : { killAtChange: { folder: out, change: random.integer(1, reference.changes) } };
    last = await runTask(task, [...args, "--out", out], moment);
    peakMemory = Math.max(peakMemory, last.peakMemory);
    for (const broken of await brokenFiles(out)) failures.push(`after a kill: ${broken}`);
    if (!last.killed) break;
    kills++;
    const state = await describeOutput(out);
    found.set(state, (found.get(state) ?? 0) + 1);
    onNote(
      `kill ${kills} of run ${seed} after ${(last.milliseconds / 1000).toFixed(1)} s: ${state}`,
    );
  }
  if (last!.code !== 0) failures.push(`exit code ${last!.code}: ${last!.stderr.trim()}`);
  if (/\n\s+at /.test(last!.stderr)) failures.push(`a stack trace: ${last!.stderr.trim()}`);
  failures.push(...differences(reference.fingerprint, await fingerprint(out)));
  const left = (await filesIn(out)).filter((file) =>
    /\/runs\/.*(\.tmp-|checkpoint|begun)/.test(file)
  );
  failures.push(...left.map((file) => `${file} was left behind`));
  if (failures.length === 0) await Deno.remove(out, { recursive: true });
  return { kills, found, failures: failures.map((text) => `run ${seed}: ${text}`), peakMemory };
}
