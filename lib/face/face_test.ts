import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { equalise } from "../dataset/gray.ts";
import { UserError } from "../error.ts";
import * as tf from "../tensorflow/tf.ts";
import { annotatedSvg } from "./annotate.ts";
import { cutSquare, faceSquare, upright } from "./cut.ts";
import {
  detectorInput,
  type FaceBox,
  INPUT_SIDE,
  type Region,
  withoutOverlaps,
} from "./blazeface.ts";
import { loadDetector } from "./detect.ts";
import { makeDetector } from "./detector.ts";
import { readDetectorFiles } from "./detector_files.ts";
import { facesByLooks } from "./looks.ts";
import { listPictures, readPicture } from "./pictures.ts";

const ASTRONAUT = join(import.meta.dirname!, "testdata", "astronaut.jpg");

/** A picture of one row a line, each pixel's number in its red. */
function numbered(width: number, height: number) {
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) data[4 * i] = i;
  return { width, height, data };
}

Deno.test("upright() turns a picture as each of EXIF's orientations says", () => {
  // Of 0 1 2 / 3 4 5; as in EXIF 2.32: which corner of the scene the first row and column are.
  const expected: Readonly<Record<number, readonly number[]>> = {
    1: [0, 1, 2, 3, 4, 5],
    2: [2, 1, 0, 5, 4, 3],
    3: [5, 4, 3, 2, 1, 0],
    4: [3, 4, 5, 0, 1, 2],
    5: [0, 3, 1, 4, 2, 5],
    6: [3, 0, 4, 1, 5, 2],
    7: [5, 2, 4, 1, 3, 0],
    8: [2, 5, 1, 4, 0, 3],
  };
  for (const [orientation, pixels] of Object.entries(expected)) {
    const { width, height, data } = upright(numbered(3, 2), Number(orientation));
    deepStrictEqual([width, height], Number(orientation) > 4 ? [2, 3] : [3, 2], orientation);
    deepStrictEqual([...data].filter((_, i) => i % 4 === 0), pixels, orientation);
  }
});

Deno.test("equalise() spreads grays by rank, and leaves equalised and plain pictures as they are", () => {
  const once = equalise(Uint8Array.of(10, 10, 20, 30, 30, 30));
  // Ranks 2, 3, 6 less the first 2, of 4.
  deepStrictEqual([...once], [0, 0, 64, 255, 255, 255]);
  deepStrictEqual(equalise(once), once);
  deepStrictEqual([...equalise(Uint8Array.of(7, 7))], [7, 7]);
});

Deno.test("cutSquare() goes on with the last pixels beyond the edges", () => {
  const gray = new Uint8Array(48 * 48).map((_, i) => i % 48);
  const size = { width: 48, height: 48 };
  deepStrictEqual(cutSquare(gray, size, { x: 0, y: 0, side: 48 }), gray);
  const shifted = cutSquare(gray, size, { x: -2, y: 5, side: 48 });
  deepStrictEqual([...shifted.subarray(0, 4)], [0, 0, 0, 1]);
  strictEqual(cutSquare(gray, size, { x: -100, y: -100, side: 24 }).every((v) => v === 0), true);
});

Deno.test("faceSquare() is 1.1 times the box, raised by 0.03 of its side", () => {
  const box = { x: 100, y: 200, width: 100, height: 100 };
  deepStrictEqual(faceSquare(box), { x: 95, y: 192, side: 110 });
});

Deno.test("withoutOverlaps() keeps the surest of boxes on one face, and all that are apart", () => {
  const at = (x: number, score: number) => ({ x, y: 0, width: 10, height: 10, score });
  const apart = [at(1, 0.9), at(20, 0.7)];
  deepStrictEqual(withoutOverlaps([at(0, 0.6), ...apart]), apart);
  // A part of a face in a box of its own, whose intersection over union is a tenth.
  const part = { x: 3, y: 2, width: 4, height: 2.5, score: 0.8 };
  deepStrictEqual(withoutOverlaps([part, ...apart]), apart);
});

Deno.test("detectorInput() is what TensorFlow makes of a picture by padding and ResizeBilinear", () => {
  for (const [width, height] of [[30, 20], [256, 256], [200, 301]] as const) {
    const data = new Uint8Array(4 * width * height).map((_, i) => (i * 7919 + (i * i) % 251) % 256);
    const expected = tf.tidy(() => {
      const side = Math.max(width, height);
      const pixels = tf.tensor3d(data, [height, width, 4], "int32");
      const rgb = tf.slice(pixels, [0, 0, 0], [height, width, 3]);
      const square = tf.pad(rgb, [[0, side - height], [0, side - width], [0, 0]]);
      const small = tf.image.resizeBilinear(
        square as tf.Tensor3D,
        [INPUT_SIDE, INPUT_SIDE],
        false,
        true,
      );
      return tf.sub(tf.div(small, 127.5), 1).dataSync();
    });
    const side = Math.max(width, height);
    const input = detectorInput({ width, height, data }, { x: 0, y: 0, side });
    strictEqual(input.length, expected.length);
    const worst = input.reduce((most, v, i) => Math.max(most, Math.abs(v - expected[i]!)), 0);
    ok(worst < 1e-5, `${width}x${height}: ${worst}`);
  }
});

Deno.test("BlazeFace finds one face where it is, two in two portraits, none in a plain picture", async () => {
  using detector = await loadDetector();
  const portrait = await readPicture(ASTRONAUT);
  const before = tf.memory().numTensors;
  const [face, ...others] = await detector.detect(portrait);
  deepStrictEqual(others, []);
  const centre = [face!.x + face!.width / 2, face!.y + face!.height / 2];
  // Between her eyes and her mouth, which are at (202-248, 100-150).
  ok(Math.abs(centre[0]! - 225) < 15 && Math.abs(centre[1]! - 128) < 20, `${centre}`);
  const [left, right] = face!.eyes;
  ok(Math.hypot(left.x - 203.5, left.y - 101) < 4, `${left.x}, ${left.y}`);
  ok(Math.hypot(right.x - 247, right.y - 103) < 4, `${right.x}, ${right.y}`);
  const { width, height, data } = portrait;
  const twice = new Uint8Array(2 * data.length);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(4 * y * width, 4 * (y + 1) * width);
    twice.set(row, 8 * y * width);
    twice.set(row, 8 * y * width + 4 * width);
  }
  const two = await detector.detect({ width: 2 * width, height, data: twice });
  strictEqual(two.length, 2);
  ok(two[1]!.x - two[0]!.x > 490 && two[1]!.x - two[0]!.x < 534);
  const plain = { width: 60, height: 90, data: new Uint8Array(60 * 90 * 4).fill(128) };
  deepStrictEqual(await detector.detect(plain), []);
  strictEqual(tf.memory().numTensors, before);
});

Deno.test("BlazeFace finds the same as one graph as it does op by op", async () => {
  using detector = await loadDetector();
  const { json, weights } = await readDetectorFiles();
  using byOp = await makeDetector(JSON.parse(json), weights.buffer);
  const portrait = await readPicture(ASTRONAUT);
  const [face, ...others] = await detector.detect(portrait);
  const [expected] = await byOp.detect(portrait);
  deepStrictEqual(others, []);
  // Another CPU's graph optimisation may round otherwise.
  for (const name of ["x", "y", "width", "height", "score"] as const) {
    ok(Math.abs(face![name] - expected![name]) < 1e-3, `${name}: ${face![name]}`);
  }
});

Deno.test("facesByLooks() looks from farther away only for faces that fill the picture", async () => {
  const box = (x: number, size: number, score: number): FaceBox => {
    const eye = { x, y: 0 };
    return { x, y: 0, width: size, height: size, score, eyes: [eye, eye] };
  };
  const find = async (near: FaceBox[], far: FaceBox[]) => {
    const looks: Region[] = [];
    const faces = await facesByLooks((region) => {
      looks.push(region);
      return Promise.resolve(looks.length === 1 ? near : far);
    }, { width: 100, height: 50 });
    return { looks, faces };
  };
  const [small, large, larger] = [box(0, 20, 0.6), box(40, 42, 0.9), box(38, 60, 0.7)];
  deepStrictEqual(await find([small], [larger]), {
    looks: [{ x: 0, y: 0, side: 100 }],
    faces: [small],
  });
  const twice = [{ x: 0, y: 0, side: 100 }, { x: -50, y: -75, side: 200 }];
  // The frame of the second look takes the place of the first's; small faces beside it stay.
  deepStrictEqual(await find([small, large], [larger]), { looks: twice, faces: [small, larger] });
  deepStrictEqual(await find([], [larger]), { looks: twice, faces: [larger] });
  // What is small from farther away was no face from near.
  deepStrictEqual(await find([], [small]), { looks: twice, faces: [] });
  deepStrictEqual(await find([large], []), { looks: twice, faces: [large] });
});

Deno.test("A face that fills its picture is found, and framed as in a picture of more", async () => {
  using detector = await loadDetector();
  const portrait = await readPicture(ASTRONAUT);
  const whole = faceSquare((await detector.detect(portrait))[0]!);
  for (const side of [104, 128, 190]) {
    const x = Math.round(whole.x + whole.side / 2 - side / 2);
    const y = Math.round(whole.y + whole.side / 2 - side / 2);
    const data = new Uint8Array(4 * side * side);
    for (let row = 0; row < side; row++) {
      const from = 4 * ((y + row) * portrait.width + x);
      data.set(portrait.data.subarray(from, from + 4 * side), 4 * row * side);
    }
    const faces = await detector.detect({ width: side, height: side, data });
    strictEqual(faces.length, 1, `${side}`);
    const square = faceSquare(faces[0]!);
    const off = Math.max(
      Math.abs(square.x + x + square.side / 2 - whole.x - whole.side / 2),
      Math.abs(square.y + y + square.side / 2 - whole.y - whole.side / 2),
      Math.abs(square.side - whole.side),
    );
    ok(off < 0.1 * whole.side, `${side}: ${JSON.stringify({ x, y, square, whole })}`);
  }
});

Deno.test("readPicture() turns a JPEG as its EXIF says, and names a file that is none", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const jpeg = await Deno.readFile(ASTRONAUT);
    // APP1: "Exif", a big-endian TIFF with one entry: Orientation (0x0112), short, one, 6.
    const exif = [
      ...[0xff, 0xe1, 0, 34, ...new TextEncoder().encode("Exif\0\0MM\0*"), 0, 0, 0, 8],
      ...[0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0],
    ];
    const turned = join(folder, "turned.jpg");
    const bytes = Uint8Array.from([...jpeg.subarray(0, 2), ...exif, ...jpeg.subarray(2)]);
    await Deno.writeFile(turned, bytes);
    const expected = upright(await readPicture(ASTRONAUT), 6);
    deepStrictEqual(
      Uint8Array.from((await readPicture(turned)).data),
      Uint8Array.from(expected.data),
    );
    await Deno.writeTextFile(join(folder, "note.png"), "no picture");
    await Deno.mkdir(join(folder, "below"));
    await Deno.copyFile(turned, join(folder, "below", "b.JPG"));
    await Deno.writeTextFile(join(folder, "readme.txt"), "");
    const names = (await listPictures([folder, turned])).map((path) => path.slice(folder.length));
    deepStrictEqual(names, ["/below/b.JPG", "/note.png", "/turned.jpg"]);
    await rejects(readPicture(join(folder, "note.png")), (error: Error) => {
      return error instanceof UserError && /note\.png: Is no picture by/.test(error.message);
    });
    await rejects(listPictures([join(folder, "gone")]), /gone: No such file or folder$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("annotatedSvg() holds the picture and a square with its words for each face", () => {
  const face = (x: number, emotion: string) => ({
    square: { x, y: 0, side: 9 },
    emotion,
    probability: 0.456,
  });
  const svg = annotatedSvg(numbered(30, 20), [face(2, "happy"), face(15, "<sad>")]);
  ok(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"'));
  ok(svg.includes("data:image/png;base64,iVBOR"));
  ok(svg.includes(">happy 46 %<") && svg.includes(">&#60;sad&#62; 46 %<"));
  strictEqual(svg.match(/<text /g)!.length, 2);
});
