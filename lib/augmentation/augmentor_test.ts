import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { AUGMENTOR } from "../../experiments/protocol.ts";
import { randomStream } from "../seed.ts";
import augmentor from "./augmentor.json" with { type: "json" };
import { identity, thenRotateWhole, thenWindow, type Transform } from "./geometry.ts";
import { draw, drawnNothing, parsePipeline } from "./pipeline.ts";
import { transformAt } from "./resample.ts";

// What Augmentor does stands in augmentor.json, made by augmentor.py.
const SIDE = augmentor.size;
const SIZE = { width: SIDE, height: SIDE };
const CORNERS = [0, SIDE - 1].flatMap((x) => [0, SIDE - 1].map((y) => [x, y] as const));

/** How far apart, in pixels, two maps see the corners of the image at most. */
function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const seen = (map: ArrayLike<number>, row: number, x: number, y: number) =>
    map[row]! * x + map[row + 1]! * y + map[row + 2]!;
  return Math.max(
    ...CORNERS.map(([x, y]) =>
      Math.hypot(seen(a, 0, x, y) - seen(b, 0, x, y), seen(a, 3, x, y) - seen(b, 3, x, y))
    ),
  );
}

/** The wave of augmentor.py, moved as ours is, less what Augmentor made of it: mean distance in grays. */
function wavesApart(transform: Transform, theirs: string): number {
  const wave = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    return Math.round(128 + 55 * Math.sin(x / 4) + 55 * Math.cos(y / 3 + x / 20));
  });
  const ours = new Uint8Array(wave.length);
  transformAt(wave, 0, ours, 0, transform, SIZE);
  const grays = Buffer.from(theirs, "base64");
  strictEqual(grays.length, ours.length);
  return ours.reduce((sum, gray, i) => sum + Math.abs(gray - grays[i]!), 0) / ours.length;
}

Deno.test("zoom-window sees what Augmentor's zoom_random sees, at every place of the window", () => {
  for (const { left, top, map, ranges, wave } of augmentor.windows) {
    // 38 of 48 pixels: its percentage_area is of the sides, 63 % of the area.
    deepStrictEqual(ranges, [[0, 10], [0, 10]]);
    const ours = thenWindow(identity(), { x: left, y: top, width: 38, height: 38 }, SIZE);
    ok(apart(ours, map) < 0.005, `${apart(ours, map)} pixels`);
    // It draws with bicubic interpolation, ours is bilinear.
    if (wave !== undefined) ok(wavesApart(ours, wave) < 1, `${wavesApart(ours, wave)} grays`);
  }
});

Deno.test("zoom-window draws its window as Augmentor does: 38 of 48 pixels, from 11 places each way alike", () => {
  const pipeline = parsePipeline("zoom-window(0.8)");
  const stream = randomStream(1, "test windows");
  const drawn = drawnNothing();
  const times = new Map<string, number>();
  for (let i = 0; i < 12_100; i++) {
    draw(pipeline, stream.uint32(), stream.uint32(), drawn, SIZE);
    const [scale, , x, , , y] = drawn.transform;
    strictEqual(scale, 38 / 48);
    const place = `${Math.round(x!)},${Math.round(y!)}`;
    times.set(place, (times.get(place) ?? 0) + 1);
  }
  strictEqual(times.size, 121);
  ok([...times.values()].every((count) => count > 50 && count < 150));
});

Deno.test("rotate-whole sees what Augmentor's rotate sees, save that it does not round to whole pixels", () => {
  for (const { degrees, map, wave } of augmentor.rotations) {
    // Augmentor's positive angles are counter-clockwise.
    const ours = thenRotateWhole(identity(), -degrees, SIZE);
    ok(apart(ours, map) < 1.25, `${degrees} degrees: ${apart(ours, map)} pixels`);
    const angle = Math.atan2(-map[1]!, map[0]!) * 180 / Math.PI;
    ok(Math.abs(angle - degrees) < 0.5, `${degrees}: ${angle}`);
    if (wave !== undefined) ok(wavesApart(ours, wave) < 12, `${wavesApart(ours, wave)} grays`);
  }
});

Deno.test("rotate-whole leaves no corner empty, and shows as much as can be", () => {
  for (let degrees = -45; degrees <= 45; degrees++) {
    const map = thenRotateWhole(identity(), degrees, SIZE);
    const half = SIDE / 2;
    // The outer corners of the corner pixels, in the original, from its middle.
    const reach = [-0.5, SIDE - 0.5].flatMap((x) =>
      [-0.5, SIDE - 0.5].flatMap((y) =>
        [0, 3].map((row) =>
          Math.abs(map[row]! * x + map[row + 1]! * y + map[row + 2]! - (half - 0.5))
        )
      )
    );
    ok(Math.abs(Math.max(...reach) - half) < 1e-9, `${degrees}: ${Math.max(...reach)}`);
  }
});

Deno.test("rotate-whole draws each angle as often as Augmentor does", () => {
  const pipeline = parsePipeline("rotate-whole(10)");
  const stream = randomStream(1, "test angles");
  const drawn = drawnNothing();
  const times = Array(21).fill(0);
  const draws = 50_000;
  for (let i = 0; i < draws; i++) {
    draw(pipeline, stream.uint32(), stream.uint32(), drawn, SIZE);
    const [cos, sin] = drawn.transform;
    times[Math.round(Math.atan2(sin!, cos!) * 180 / Math.PI) + 10]++;
  }
  augmentor.angles.forEach((share, i) => {
    ok(Math.abs(times[i] / draws - share) < 0.006, `${i - 10} degrees: ${times[i] / draws}`);
  });
});

Deno.test("exp:protocol's copies have the probabilities that Augmentor's 0.5, 0.7 and 0.5 come to", () => {
  const happens = (told: number) =>
    augmentor.shares.find(({ probability }) => probability === told)!.share;
  const { calls, text } = parsePipeline(AUGMENTOR.balanceWith, { copies: true });
  strictEqual(text, AUGMENTOR.balanceWith);
  deepStrictEqual(calls.map(({ name }) => name), ["flip", "rotate-whole", "zoom-window"]);
  [0.5, 0.7, 0.5].forEach((told, i) => {
    const ours = calls[i]!.args.at(-1)!;
    ok(Math.abs(happens(told) - ours) < 0.005, `${told}: ${happens(told)}, ours ${ours}`);
    ok(Math.abs(happens(told) - told) > 0.04);
  });
});
