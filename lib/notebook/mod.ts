/**
 * What the notebooks import: reports and faces to open, and what to show of them.
 *
 * @module
 */

export * as costs from "./costs.ts";
export { openFaces } from "./faces.ts";
export * as faces from "./faces.ts";
export { openReports } from "./reports.ts";
export { show } from "./show.ts";
export * as views from "./views.ts";
