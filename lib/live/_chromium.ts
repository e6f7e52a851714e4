/**
 * Chromium for tests and benchmarks: with playwright-core, and with a fake camera that shows a picture.
 *
 * @module
 */

import fs from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { PNG } from "pngjs";
import type { Picture } from "../dataset/picture.ts";
import { exists } from "../file.ts";
import { CHECKOUT } from "../paths.ts";

/** One upright face. */
export const PORTRAIT = join(CHECKOUT, "lib", "face", "testdata", "astronaut.jpg");

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

/**
 * Records a video file in a page, as the browser writes it: the picture stands at the left, then at the
 * right.
 *
 * @param picture As a PNG file.
 * @param seconds Of each half.
 * @returns WebM with VP8, 640x360.
 */
export async function recordVideo(
  page: Page,
  picture: Uint8Array,
  seconds: number,
): Promise<Uint8Array> {
  const given = JSON.stringify({ picture: picture.toBase64(), seconds });
  const recorded = await page.evaluate(`(${RECORD})(${given})`);
  return Uint8Array.fromBase64(recorded as string);
}

/** Runs in the page, whose types are not known here. */
const RECORD = `async ({ picture, seconds }) => {
  const image = await createImageBitmap(new Blob([Uint8Array.fromBase64(picture)]));
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
  const context = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm;codecs=vp8" });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const began = performance.now();
  const draw = () => {
    const right = performance.now() - began > 1000 * seconds;
    context.fillStyle = "gray";
    context.fillRect(0, 0, 640, 360);
    context.drawImage(image, right ? 320 : 0, 20, 320, 320);
  };
  draw();
  recorder.start();
  const drawing = setInterval(draw, 50);
  await new Promise((resolve) => setTimeout(resolve, 2000 * seconds));
  clearInterval(drawing);
  await new Promise((resolve) => {
    recorder.onstop = resolve;
    recorder.stop();
  });
  return new Uint8Array(await new Blob(parts).arrayBuffer()).toBase64();
}`;

/** In the page: the middle of what is marked, as a share of the picture's width; NaN without a face. */
export const BOX_PLACE = `(() => {
  const { width, height } = document.querySelector("#display");
  const { data } = document.querySelector("#display").getContext("2d").getImageData(0, 0, width, height);
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] !== 0xff || data[i + 1] !== 0xd8 || data[i + 2] !== 0x4d) continue;
    const x = i / 4 % width;
    [least, most] = [Math.min(least, x), Math.max(most, x)];
  }
  return (least + most) / 2 / width;
})()`;

/** A picture as a PNG file. */
export function png({ width, height, data }: Picture): Uint8Array {
  return PNG.sync.write(Object.assign(new PNG({ width, height }), { data }));
}
