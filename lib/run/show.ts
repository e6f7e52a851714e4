/**
 * A report's figures in the browser.
 *
 * @module
 */

import { join } from "node:path";
import { interruptible } from "../interruption.ts";
import { shownPath } from "../paths.ts";
import { REPORT_FILES } from "../report/files.ts";

/**
 * For `--show`: opens the figures of reports, where this program may have a server on this machine.
 * Training may not and asks nobody, so that as a task it tells the command that does.
 */
export async function showOrTell(folders: readonly string[]): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "net", host: "127.0.0.1" });
  for (const folder of folders) {
    if (state === "granted") await showFigures(folder);
    else console.error(`To see its figures: deno task show ${shownPath(folder)}`);
  }
}

/** Opens a report's figures in the browser, and waits until the page is closed. */
export async function showFigures(folder: string): Promise<void> {
  const { readReport } = await import("../report/files.ts");
  const { reportFigures } = await import("../figure/report_figures.ts");
  const { show } = await import("../figure/show.ts");
  const report = await readReport(join(folder, REPORT_FILES.report));
  const figures = reportFigures(report).map(({ figure }) => figure);
  await interruptible(async (signal) => {
    const { finished, close } = await show(figures);
    signal.addEventListener("abort", close);
    await finished;
  }, { stopping: "The page is served no longer" });
}
