/**
 * Figures: made from plain results, shown in the browser, in a notebook or as static SVG.
 *
 * ```ts
 * import { confusionMatrix, toSvg } from "./mod.ts";
 * const counts = Array.from({ length: 7 }, () => new Array(7).fill(1));
 * const figure = confusionMatrix(counts, { dataset: "synthetic", synthetic: true });
 * const svg = await toSvg(figure);
 * ```
 *
 * @module
 */

export * from "./calibration.ts";
export * from "./classes.ts";
export * from "./confusion.ts";
export * from "./cost.ts";
export * from "./display.ts";
export * from "./effects.ts";
export * from "./faces.ts";
export type { Figure, FigureData, FigureOptions } from "./figure.ts";
export * from "./information.ts";
export { type CurvePoint, type CurveRun, type Curves, learningCurves } from "./learning_curves.ts";
export * from "./schedules.ts";
export * from "./show.ts";
export * from "./svg.ts";
