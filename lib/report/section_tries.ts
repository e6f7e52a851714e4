/**
 * What of a report says how much else was tried: what is chosen among many on PublicTest is the luckier
 * there.
 *
 * @module
 */

import { formatValue } from "../configuration.ts";
import { code, details, escape } from "./gfm.ts";
import type { ReportFacts } from "./record.ts";
import { markdownTable } from "./table.ts";
import { count, list, NOTHING, percent, plural } from "./text.ts";

/** How many further runs PublicTest has scored, and which; nothing where there are none. */
export function triesLines({ tries = [] }: Pick<ReportFacts, "tries">): string[] {
  if (tries.length === 0) return [];
  const unfinished = tries.filter(({ scored }) => !scored).length;
  const finished = tries.length - unfinished;
  const parts = [
    ...finished > 0 ? [`${count(finished)} to the end, and so on PrivateTest too, once`] : [],
    ...unfinished > 0 ? [`${count(unfinished)} of them not finished`] : [],
  ];
  return [
    `**Tried besides.** ${
      plural(tries.length, "further run")
    } of this experiment on the same data, ` +
    `with other settings, ${tries.length === 1 ? "was" : "were"} scored on PublicTest: ${
      list(parts)
    }. Those that lay beside this report when it was written; whatever was deleted or lies elsewhere ` +
    "is not counted.",
    details(
      "What was tried besides",
      markdownTable(
        [
          ...[{ title: "Report and variant" }, { title: "Changed from the variant here" }],
          ...["Seed", "Epochs", "PublicTest %"].map((title) => ({
            title,
            align: "right" as const,
          })),
          { title: "Finished" },
        ],
        tries.map(({ variant, changes, seed, epochs, publicTest, scored }) => [
          escape(variant),
          changes.map(({ name, value }) => code(`${name}=${formatValue(value)}`)).join(", ") ||
          NOTHING,
          `${seed}`,
          count(epochs),
          percent(publicTest),
          scored ? "yes" : "no",
        ]),
      ),
    ),
  ];
}
