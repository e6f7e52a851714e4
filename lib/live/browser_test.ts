import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { testWith } from "../_skip.ts";
import { waitUntil } from "../_wait_until.ts";
import { isEqualised } from "../dataset/known.ts";
import type { Picture } from "../dataset/picture.ts";
import { loadDetector } from "../face/detect.ts";
import { findFaces } from "../face/find.ts";
import { readPicture } from "../face/pictures.ts";
import { BOXED_MODEL, networkText } from "../run/find_network.ts";
import { openNetwork } from "../run/network.ts";
import { readTrained } from "../run/trained.ts";
import {
  BOX_PLACE,
  png,
  PORTRAIT,
  recordVideo,
  scene,
  shownProbabilities,
  startChromium,
  withoutChromium,
  y4m,
} from "./_chromium.ts";
import { serveSite } from "./server.ts";
import { makeSite } from "./site.ts";

const status = (page: Page, text: string) =>
  page.locator("#status").filter({ hasText: text }).waitFor();

testWith(
  withoutChromium,
  "The page reads faces as the suite does, and says what it lacks",
  async (t) => {
    const folder = await Deno.makeTempDir();
    const picture = await readPicture(PORTRAIT);
    // Without loss, so that what is compared are the networks and not decoders of JPEG.
    const portrait = join(folder, "astronaut.png");
    await Deno.writeFile(portrait, png(picture));
    const film = join(folder, "camera.y4m");
    await Deno.writeFile(film, y4m(scene(picture, 1)));
    await using server = serveSite(await makeSite(BOXED_MODEL));
    const fake = "--use-fake-device-for-media-stream";
    const browser = await startChromium([fake, `--use-file-for-fake-video-capture=${film}`]);
    try {
      const { context, page, faults } = await openPage(browser, server.address);
      await t.step(
        "A picture file: each probability within 1e-3 of the native network's",
        async () => {
          await page.setInputFiles("#picture-file", portrait);
          await status(page, "1 face");
          const [shown] = await shownProbabilities(page);
          const native = await nativeProbabilities(portrait);
          const apart = Math.max(...native.map((value, i) => Math.abs(value - shown![i]!)));
          ok(apart <= 1e-3, `apart by ${apart}`);
          const { record } = await readTrained(BOXED_MODEL);
          strictEqual(await page.textContent("#network"), networkText(record));
        },
      );
      await t.step("Two faces, and files that are no picture and no video", async () => {
        const two = png(scene(picture, 2));
        const files = [["two.png", two], ["cut.png", two.subarray(0, 20)], [
          "no.webm",
          two,
        ]] as const;
        for (const [name, bytes] of files) await Deno.writeFile(join(folder, name), bytes);
        await page.setInputFiles("#picture-file", join(folder, "two.png"));
        await status(page, "2 faces");
        strictEqual((await shownProbabilities(page)).length, 2);
        await page.setInputFiles("#picture-file", join(folder, "cut.png"));
        await status(page, "cut.png: No picture that this browser can read");
        strictEqual((await shownProbabilities(page)).length, 0);
        await page.setInputFiles("#video-file", join(folder, "no.webm"));
        await status(page, "no.webm: No video that this browser can play");
      });
      await t.step(
        "A face that fills a small picture is marked, and what takes it as it is named",
        async () => {
          const small = join(folder, "small.png");
          const plain = { width: 48, height: 48, data: new Uint8Array(4 * 48 ** 2).fill(128) };
          const cases = [[faceAlone(picture), "1 face"], [plain, "No face found"]] as const;
          for (const [shown, words] of cases) {
            await Deno.writeFile(small, png(shown));
            await page.setInputFiles("#picture-file", small);
            await status(
              page,
              `${words}: deno task predict --crops takes a picture that is a face`,
            );
            const place = await page.evaluate(BOX_PLACE) as number;
            // In the middle, though its frame leads over the edges.
            ok(shown === plain ? Number.isNaN(place) : Math.abs(place - 0.5) < 0.02, `${place}`);
          }
        },
      );
      await t.step("A video: boxes follow, its places can be chosen, it begins anew", async () => {
        const video = join(folder, "video.webm");
        await Deno.writeFile(video, await recordVideo(page, png(picture), 0.6));
        await page.setInputFiles("#video-file", video);
        // Where it is known how long it is, it has come to its end, and plays again.
        await page.waitForSelector("#seek-row", { state: "visible" });
        await status(page, "1 face");
        await page.click("#pause");
        await status(page, "Paused: 1 face");
        await page.focus("#seek-row input");
        for (const [key, least, most] of [["End", 0.5, 1], ["Home", 0, 0.5]] as const) {
          await page.keyboard.press(key);
          await status(page, "Paused: 1 face");
          // The page's policy lets no waitForFunction of a text ask twice.
          const isThere = async () => {
            const x = await page.evaluate(BOX_PLACE) as number;
            return least < x && x < most;
          };
          await waitUntil(isThere, `a face from ${least} to ${most}`, { seconds: 120 });
        }
        // A browser that has a lot to do records less than a second of it.
        match(await page.textContent("#seek-row output") ?? "", /^0:00 of 0:0[01]$/);
        await page.click("#pause");
        await status(page, "1 face");
        await page.click("#stop");
        ok(await page.isHidden("#seek-row"));
      });
      await t.step("A camera that is refused", async () => {
        await page.click("#camera");
        await status(page, "The camera was refused: allow it");
        strictEqual(await page.getAttribute("body", "data-state"), "failed");
      });
      await t.step("The camera, by keyboard, and its end", async () => {
        await context.grantPermissions(["camera"]);
        await page.focus("#camera");
        await page.keyboard.press("Enter");
        await status(page, "1 face");
        await page.locator("#rate").filter({ hasText: /\d/ }).waitFor();
        await page.click("#stop");
        await status(page, "Stopped");
        strictEqual((await shownProbabilities(page)).length, 0);
      });
      deepStrictEqual(faults, []);
      await t.step("A browser without WebAssembly, or that blocks it", async () => {
        for (const script of ["delete globalThis.WebAssembly", BLOCKED]) {
          const { page, context } = await openPage(browser, server.address, script);
          await status(page, "This browser runs no WebAssembly");
          ok(await page.isDisabled("#camera"));
          await context.close();
        }
      });
    } finally {
      await browser.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** As a policy for browsers does it. */
const BLOCKED = `WebAssembly.instantiate = WebAssembly.compile = async () => {
  throw new WebAssembly.CompileError("blocked");
}`;

testWith(
  withoutChromium,
  "The page says that there is no camera, and lets one choose of two",
  async (t) => {
    await using server = serveSite(await makeSite(BOXED_MODEL));
    for (const count of [0, 2]) {
      await t.step(`${count} cameras`, async () => {
        const browser = await startChromium([
          `--use-fake-device-for-media-stream=device-count=${count}`,
        ]);
        try {
          const { context, page, faults } = await openPage(browser, server.address);
          await context.grantPermissions(["camera"]);
          await page.click("#camera");
          if (count === 0) await status(page, "No camera was found: connect one");
          else await chooseAnotherCamera(page);
          deepStrictEqual(faults, []);
        } finally {
          await browser.close();
        }
      });
    }
  },
);

async function chooseAnotherCamera(page: Page): Promise<void> {
  await page.waitForSelector("#cameras", { state: "visible" });
  const camera = () => page.inputValue("#cameras");
  const first = await camera();
  await page.focus("#cameras");
  await page.keyboard.press("ArrowDown");
  await page.locator("body[data-state=running]").waitFor();
  await page.waitForSelector("#cameras", { state: "visible" });
  ok(await camera() !== "" && await camera() !== first);
}

/** Opens the page, and hears of what the policy forbids and of errors that nobody caught. */
async function openPage(browser: Browser, address: string, script = "") {
  const context = await browser.newContext();
  // Also on a machine that has a lot to do.
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  await page.addInitScript(script);
  await page.goto(address);
  await page.waitForSelector("body:not([data-state=loading])");
  return { context, page, faults };
}

/** The portrait's face without what is around it. */
function faceAlone({ width, data }: Picture): Picture {
  const [left, top, side] = [178, 76, 96];
  const rows = Array.from({ length: side }, (_, row) => {
    const from = 4 * ((top + row) * width + left);
    return [...data.subarray(from, from + 4 * side)];
  });
  return { width: side, height: side, data: Uint8Array.from(rows.flat()) };
}

/** What the suite itself says of the one face in a picture file. */
async function nativeProbabilities(path: string): Promise<Float32Array> {
  using detector = await loadDetector();
  using network = await openNetwork(BOXED_MODEL, { execution: "traced" });
  const equalised = isEqualised(network.record.dataset);
  const [face] = await findFaces(await readPicture(path), detector, { equalised });
  return await network.predict(face!.pixels);
}
