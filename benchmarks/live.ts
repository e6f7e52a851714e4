/**
 * How fast the page of `deno task live` reads faces: a Chromium without a window, a fake camera of 640x480
 * that shows a portrait once or twice, frames a second and milliseconds per stage as the page itself tells
 * them. Prints Markdown. SECONDS (20) are read of each, after the first ten.
 *
 *     deno run --allow-all benchmarks/live.ts [SECONDS]
 *
 * @module
 */

import { join } from "node:path";
import type { Page } from "playwright-core";
import { UsageError, UserError } from "../lib/error.ts";
import { readPicture } from "../lib/face/pictures.ts";
import { PORTRAIT, scene, startChromium, withoutChromium, y4m } from "../lib/live/_chromium.ts";
import { serveSite } from "../lib/live/server.ts";
import { makeSite } from "../lib/live/site.ts";
import { runMain } from "../lib/main.ts";
import { markdownTable, right } from "../lib/report/table.ts";
import { BOXED_MODEL } from "../lib/run/find_network.ts";

/** What the page tells in numbers, as their elements are called. */
const TOLD = ["rate", "take", "find", "classify", "draw"];
/** Seconds until the networks are compiled and the page's second is full of frames. */
const WARM_UP = 10;

async function main([seconds = "20"]: readonly string[]): Promise<void> {
  if (!/^[1-9]\d*$/.test(seconds)) throw new UsageError("Name the seconds to read, such as 20");
  if (withoutChromium) throw new UserError(withoutChromium);
  const portrait = await readPicture(PORTRAIT);
  const folder = await Deno.makeTempDir();
  try {
    const rows = [];
    for (const faces of [1, 2]) {
      const film = join(folder, `${faces}.y4m`);
      await Deno.writeFile(film, y4m(scene(portrait, faces)));
      const { browser, means } = await measure(film, faces, Number(seconds));
      rows.push([browser, `${faces}`, ...means.map((mean) => mean.toFixed(1))]);
    }
    const stages = TOLD.slice(1).map((stage) => `${stage}, ms`);
    const columns = [{ title: "Chromium" }, ...right("Faces", "Frames/s", ...stages)];
    console.log(markdownTable(columns, rows));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Means of what the page tells, read once a second. */
async function measure(film: string, faces: number, seconds: number) {
  await using server = serveSite(await makeSite(BOXED_MODEL));
  const browser = await startChromium([
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    `--use-file-for-fake-video-capture=${film}`,
  ]);
  try {
    const page = await browser.newPage();
    await page.goto(server.address);
    await page.click("#camera");
    await page.waitForTimeout(1000 * WARM_UP);
    const sums = TOLD.map(() => 0);
    for (let i = 0; i < seconds; i++) {
      await page.waitForTimeout(1000);
      (await readTold(page, faces)).forEach((value, k) => sums[k]! += value);
    }
    return { browser: browser.version(), means: sums.map((sum) => sum / seconds) };
  } finally {
    await browser.close();
  }
}

async function readTold(page: Page, faces: number): Promise<number[]> {
  const shown = await page.locator(".face").count();
  if (shown !== faces) throw new UserError(`The page shows ${shown} faces, not ${faces}`);
  return await Promise.all(TOLD.map(async (id) => Number(await page.textContent(`#${id}`))));
}

if (import.meta.main) await runMain(() => main(Deno.args));
