/**
 * Chromium for tests: with playwright-core, and with a fake camera that shows a picture.
 *
 * @module
 */

import fs from "node:fs";
import type { Browser, Page } from "playwright-core";
import { PNG } from "pngjs";
import type { Picture } from "../dataset/picture.ts";
import { exists } from "../file.ts";

const PROGRAMS = [
  ...["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

async function findChromium(): Promise<string | undefined> {
  for (const program of PROGRAMS) if (await exists(program)) return program;
  return undefined;
}

const CHROMIUM = await findChromium();

/** For `testWith`: `undefined` where a browser is there. */
export const withoutChromium = CHROMIUM === undefined
  ? `no Chromium at ${PROGRAMS[0]}; install the system's package`
  : undefined;

/** Starts Chromium without a window. */
export async function startChromium(args: readonly string[]): Promise<Browser> {
  // playwright-core looks for WSL as it is loaded, which Deno allows nobody who has no permission for all
  // of /proc.
  const { existsSync } = fs;
  fs.existsSync = (path) => !/WSLInterop/.test(String(path)) && existsSync(path);
  try {
    const { chromium } = await import("playwright-core");
    return await chromium.launch({
      executablePath: CHROMIUM!,
      chromiumSandbox: Deno.uid() !== 0,
      args: ["--disable-gpu", ...args],
    });
  } finally {
    fs.existsSync = existsSync;
  }
}

/** The probabilities that the page shows, of each face in its order. */
export async function shownProbabilities(page: Page): Promise<number[][]> {
  return await page.locator(".face").evaluateAll((faces) =>
    (faces as unknown as { querySelectorAll(selector: string): Iterable<{ value: number }> }[])
      .map((face) => [...face.querySelectorAll("meter")].map(({ value }) => value))
  );
}

/** A film of one frame in YUV4MPEG2, as Chromium's fake camera takes it, which shows it again and again. */
export function y4m({ width, height, data }: Picture): Uint8Array {
  const header = new TextEncoder().encode(`YUV4MPEG2 W${width} H${height} F30:1 Ip C420\nFRAME\n`);
  const film = new Uint8Array(header.length + 1.5 * width * height);
  film.set(header);
  let to = header.length;
  // BT.601 in its studio range.
  const plane = (step: number, offset: number, r: number, g: number, b: number) => {
    for (let y = 0; y < height; y += step) {
      for (let x = 0; x < width; x += step) {
        const at = 4 * (y * width + x);
        film[to++] = Math.round(
          offset + (r * data[at]! + g * data[at + 1]! + b * data[at + 2]!) / 255,
        );
      }
    }
  };
  plane(1, 16, 65.481, 128.553, 24.966);
  plane(2, 128, -37.797, -74.203, 112);
  plane(2, 128, 112, -93.786, -18.214);
  return film;
}

/** A picture of 640x480 with copies of another side by side in it. */
export function scene(picture: Picture, copies: number): Picture {
  const [width, height] = [640, 480];
  const side = Math.floor(width / Math.max(copies, 2));
  const data = new Uint8Array(width * height * 4).fill(128);
  for (let y = 0; y < Math.min(side * picture.height / picture.width, height); y++) {
    for (let x = 0; x < copies * side; x++) {
      const from = Math.floor((x % side) * picture.width / side) +
        picture.width * Math.floor(y * picture.width / side);
      data.set(picture.data.subarray(4 * from, 4 * from + 4), 4 * (y * width + x));
    }
  }
  return { width, height, data };
}

/** A picture as a PNG file. */
export function png({ width, height, data }: Picture): Uint8Array {
  return PNG.sync.write(Object.assign(new PNG({ width, height }), { data }));
}
