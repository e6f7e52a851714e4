import assert from "node:assert/strict";
import { IMAGE_SIZE } from "../../emotion.ts";
import { randomStream } from "../../seed.ts";
import {
  ACTION_UNITS,
  type ActionUnit,
  type ActionUnits,
  FACS,
  prototype,
} from "./action_units.ts";
import { FRONTAL } from "./canvas.ts";
import { drawFace } from "./draw.ts";
import { AVERAGE_IDENTITY, drawIdentity } from "./identity.ts";

// Where things are on the average face from the front, in pixels: [left, top, right, bottom].
const MOUTH = [15, 33, 33, 43] as const;
const INSIDE_MOUTH = [21, 35, 27, 39] as const;
const BROWS = [8, 10, 40, 20] as const;
const BETWEEN_BROWS = [21, 14, 27, 19] as const;
const EYES = [11, 17, 37, 24] as const;
const NOSE_ROOT = [19, 20, 29, 26] as const;
type Box = readonly [number, number, number, number];

const rest = drawFace();
const show = (...units: ActionUnit[]) =>
  drawFace({ actionUnits: Object.fromEntries(units.map((unit) => [unit, 1])) });

function pixels(image: Uint8Array, [left, top, right, bottom]: Box): number[] {
  const found: number[] = [];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) found.push(image[y * IMAGE_SIZE + x]!);
  }
  return found;
}

function mean(image: Uint8Array, box: Box): number {
  const found = pixels(image, box);
  return found.reduce((sum, value) => sum + value, 0) / found.length;
}

/** Mean absolute difference to the face at rest. */
function change(image: Uint8Array, box: Box): number {
  const before = pixels(rest, box);
  return pixels(image, box).reduce((sum, value, i) => sum + Math.abs(value - before[i]!), 0) /
    before.length;
}

/** The row (from the top of the image) of the darkest pixel in a range of a column. */
function darkestRow(image: Uint8Array, column: number, top: number, bottom: number): number {
  let darkest = top;
  for (let y = top; y < bottom; y++) {
    if (image[y * IMAGE_SIZE + column]! < image[darkest * IMAGE_SIZE + column]!) darkest = y;
  }
  return darkest;
}

Deno.test("FACS holds the prototypes of the issue", () => {
  assert.deepEqual(FACS, {
    angry: ["AU4", "AU5", "AU7", "AU23"],
    disgust: ["AU9", "AU15", "AU16"],
    fear: ["AU1", "AU2", "AU4", "AU5", "AU20", "AU26"],
    happy: ["AU6", "AU12"],
    sad: ["AU1", "AU4", "AU15"],
    surprise: ["AU1", "AU2", "AU5", "AU26"],
    neutral: [],
  });
});

Deno.test("drawFace() draws the same face every time", () => {
  assert.deepEqual(drawFace({ actionUnits: prototype("fear") }), show(...FACS.fear));
  assert.deepEqual(drawFace({ actionUnits: prototype("neutral") }), rest);
});

Deno.test("drawFace() shows every action unit", () => {
  for (const unit of Object.keys(ACTION_UNITS) as ActionUnit[]) {
    const changed = show(unit).reduce((sum, value, i) => sum + (value !== rest[i] ? 1 : 0), 0);
    assert.ok(changed >= 20, `${unit} changes ${changed} pixels`);
  }
});

Deno.test("AU26 opens the mouth: a dark cavity", () => {
  assert.ok(mean(show("AU26"), INSIDE_MOUTH) < mean(rest, INSIDE_MOUTH) - 30);
});

Deno.test("AU12 pulls the corners of the mouth up, AU15 down", () => {
  // How much higher the mouth's end is than its middle, in rows.
  const rise = (image: Uint8Array) => darkestRow(image, 24, 33, 42) - darkestRow(image, 17, 31, 42);
  assert.ok(rise(show("AU12")) > rise(rest) + 1);
  assert.ok(rise(show("AU15")) < rise(rest) - 1);
});

Deno.test("AU1 raises the inner ends of the brows, AU2 the outer, AU4 lowers them", () => {
  const inner = (image: Uint8Array) => darkestRow(image, 20, 11, 19);
  const outer = (image: Uint8Array) => darkestRow(image, 12, 12, 18);
  assert.ok(inner(show("AU1")) < inner(rest));
  assert.ok(outer(show("AU2")) < outer(rest));
  assert.ok(inner(show("AU4")) > inner(rest));
});

Deno.test("AU4 furrows the skin between the brows", () => {
  assert.ok(mean(show("AU4"), BETWEEN_BROWS) < mean(rest, BETWEEN_BROWS) - 10);
});

Deno.test("AU9 wrinkles the root of the nose", () => {
  assert.ok(change(show("AU9"), NOSE_ROOT) > 10);
});

Deno.test("AU5 opens the eyes, AU6 and AU7 narrow them", () => {
  // On dark skin in even light nothing in the eyes' box is as bright as their white.
  const identity = { ...AVERAGE_IDENTITY, skin: 90 };
  const view = { ...FRONTAL, ambient: 1 };
  const white = (shown: Partial<ActionUnits>) =>
    pixels(drawFace({ actionUnits: shown, identity, view }), EYES)
      .reduce((sum, value) => sum + Math.max(0, value - 100), 0);
  assert.ok(white({ AU5: 1 }) > 1.2 * white({}));
  assert.ok(white({ AU6: 1 }) < 0.8 * white({}));
  assert.ok(white({ AU7: 1 }) < 0.8 * white({}));
});

Deno.test("drawFace() leaves the mouth alone where only brows and lids move", () => {
  assert.equal(change(show("AU1", "AU2", "AU5"), MOUTH), 0);
  assert.ok(change(show("AU1", "AU2", "AU5"), BROWS) > 10);
});

Deno.test("drawFace() leaves the brows alone where only the mouth moves", () => {
  assert.equal(change(show("AU15", "AU25"), BROWS), 0);
  assert.ok(change(show("AU15", "AU25"), MOUTH) > 10);
});

Deno.test("drawFace() follows the identity and the view", () => {
  const other = drawFace({ identity: drawIdentity(randomStream(1, "someone")) });
  assert.notDeepEqual(other, rest);
  const lower = drawFace({ view: { ...FRONTAL, y: FRONTAL.y + 3 } });
  assert.equal(darkestRow(lower, 24, 30, 46), darkestRow(rest, 24, 30, 43) + 3);
});
