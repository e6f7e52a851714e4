/**
 * What is to be known of a report's data before any number.
 *
 * @module
 */

import type { ReportDataset } from "./record.ts";

/** What the data are, in a sentence, and what follows from it. */
export interface Caveat {
  readonly title: string;
  readonly rest: string;
}

/** The caveat that data carry; nothing where they carry none. */
export function caveatOf({ caveat }: ReportDataset): Caveat | undefined {
  if (caveat === undefined) return undefined;
  const [title, ...rest] = caveat.split(/(?<=\.) /);
  return { title: title!, rest: rest.join(" ") };
}

/** The caveat's first sentence as a part of a line, such as `made-up pairs of strangers`; none without one. */
export function caveatNote(dataset: ReportDataset): string[] {
  const caveat = caveatOf(dataset);
  if (!caveat) return [];
  const { title } = caveat;
  return [title.charAt(0).toLowerCase() + title.slice(1).replace(/\.$/, "")];
}
