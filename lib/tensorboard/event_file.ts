/**
 * Files of events, which TensorBoard reads while they grow.
 *
 * @module
 */

import { join } from "node:path";
import { exists, explainWriting, isNoPlace, writeFileWhole } from "../file.ts";
import { decodeEvent, encodeEvent, type Event } from "./messages.ts";
import { frameRecord, readRecords } from "./record_file.ts";

/** The names that TensorBoard looks for have a time in them, and anything after it. */
const OURS = /^events\.out\.tfevents\.\d{10,}\.fer-lab$/;

/**
 * The name of a file of events.
 *
 * @param events The first tells the time, by which TensorBoard puts the files of a folder in order.
 */
export function eventFileName(events: readonly Event[]): string {
  const time = Math.floor(events[0]?.wallTime ?? 0);
  return `events.out.tfevents.${String(time).padStart(10, "0")}.fer-lab`;
}

/**
 * Brings a file up to events: puts at its end what is new, and writes it anew where it holds anything
 * else. TensorBoard goes on where it stopped reading, so what it has seen must stay.
 *
 * @param folder The run's, as TensorBoard calls it.
 * @param events All of them.
 * @returns The file's path.
 * @throws {UserError} Where it cannot be written.
 */
export async function writeEvents(folder: string, events: readonly Event[]): Promise<string> {
  const path = join(folder, eventFileName(events));
  const known = await exists(path) ? await eventsBegun(path, events) : undefined;
  const rest = concatenated(
    events.slice(known ?? 0).map((event) => frameRecord(encodeEvent(event))),
  );
  if (known === undefined) await writeFileWhole(path, rest);
  else if (rest.length > 0) await append(path, rest);
  return path;
}

/** How many of the events a file has; nothing where it is not these events' beginning. */
async function eventsBegun(path: string, events: readonly Event[]): Promise<number | undefined> {
  const records = readRecords(await Deno.readFile(path));
  if (records === undefined || records.length > events.length) return undefined;
  for (const [i, record] of records.entries()) {
    // When an epoch was over is known the better the sooner one looks: the time that is there stays.
    const { wallTime } = decodeEvent(record);
    if (!isEqual(encodeEvent({ ...events[i]!, wallTime }), record)) return undefined;
  }
  return records.length;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

async function append(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await Deno.writeFile(path, bytes, { append: true });
  } catch (error) {
    throw explainWriting(error, path);
  }
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Removes the files of events under a folder that were written by this module and are none of those to be
 * kept, and folders that are left empty.
 *
 * @param keep Paths.
 */
export async function removeOtherEvents(folder: string, keep: ReadonlySet<string>): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch((error) => {
    if (isNoPlace(error)) return [];
    throw error;
  });
  let left = entries.length;
  for (const { name, isDirectory, isFile } of entries) {
    const path = join(folder, name);
    if (isDirectory) {
      await removeOtherEvents(path, keep);
      if (!await exists(path)) left--;
    } else if (isFile && OURS.test(name) && !keep.has(path)) {
      await Deno.remove(path);
      left--;
    }
  }
  if (left === 0) await Deno.remove(folder);
}
