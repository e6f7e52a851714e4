/**
 * The figures of a report: their files relative to the report's folder, and what they show.
 *
 * @module
 */

/** What a figure of a report shows. */
export type FigureName =
  | "curves"
  | "schedules"
  | "effects"
  | "costs"
  | "recalls"
  | "confusion"
  | "confusion-difference"
  | "synthetic-bits";

/** Where a figure is and what stands in its place where it cannot be seen. */
export interface FigureFile {
  readonly file: string;
  readonly alt: string;
}

const ALT: Readonly<Record<FigureName, string>> = {
  curves: "Learning curves: loss and accuracy by epoch",
  schedules: "Learning rate by epoch",
  effects: "Differences of accuracy from the baseline with 95 % intervals",
  costs: "Accuracy against multiply-adds",
  recalls: "Differences of recall from the baseline by class",
  confusion: "Confusion matrix",
  "confusion-difference": "Difference of confusion matrices from the baseline",
  "synthetic-bits": "Accuracy against the bits of the synthetic channel",
};

/**
 * The file of a figure.
 *
 * @param name What it shows.
 * @param variant The variant, for a figure of one.
 */
export function figureFile(name: FigureName, variant?: string): FigureFile {
  if (variant === undefined) return { file: `figures/${name}.svg`, alt: ALT[name] };
  const slug = variant.toLowerCase().replace(/[^a-z0-9.]+/g, "-").replace(/^-|-$/g, "");
  return { file: `figures/${name}-${slug}.svg`, alt: `${ALT[name]} of ${variant}` };
}

/**
 * The file of the learning curves.
 *
 * @param selections What epochs were chosen on, in words.
 */
export function curvesFile(selections: readonly string[]): FigureFile {
  const { file, alt } = figureFile("curves");
  const other = selections.length === 1 ? selections[0]! : "what the epoch is chosen on";
  return { file, alt: `${alt}, on Training and ${other}` };
}
