import { deepEqual, doesNotMatch, equal, match, ok, throws } from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { dataWords } from "../dataset/words.ts";
import { EMOTIONS } from "../emotion.ts";
import { textWidth } from "./_text_size.ts";
import {
  CONFUSION,
  LONG_NAME,
  SAMPLE_FIGURES,
  sampleFaces,
  sampleRun,
  SYNTHETIC,
} from "./_samples.ts";
import { reliabilityDiagram } from "./calibration.ts";
import { classCounts, perClassBars } from "./classes.ts";
import { confusionDifference, confusionMatrix, recallDifferences } from "./confusion.ts";
import { accuracyByCost } from "./cost.ts";
import { plainTitle } from "./display.ts";
import { forestPlot } from "./effects.ts";
import { faceGrid, meanFaces } from "./faces.ts";
import {
  COLOURS,
  dataLabel,
  type Figure,
  grouped,
  percentage,
  points,
  spread,
  textColour,
} from "./figure.ts";
import { rateAxis, rateText } from "./_rate_axis.ts";
import { learningCurves } from "./learning_curves.ts";
import { reportFigures } from "./report_figures.ts";
import { schedulePlot } from "./schedules.ts";

type LooseTrace = Record<string, unknown> & { x: number[]; y: number[]; name: string };
const traces = (figure: Figure) => figure.data as unknown as LooseTrace[];
const axes = (figure: Figure) =>
  Object.entries(figure.layout as Record<string, unknown>)
    .filter(([name]) => /^[xy]axis\d*$/.test(name))
    .map(([name, axis]) => [name, axis as Record<string, unknown>] as const);

/** Of vectors, in classes that are no emotions. */
const WORDS = dataWords({
  classes: ["a", "b"],
  sample: { shape: [12], type: "float32", divisor: 1 },
});

for (const [name, make] of Object.entries(SAMPLE_FIGURES)) {
  Deno.test(`The figure "${name}" says below its title that the faces are synthetic`, () => {
    match(plainTitle(make()), / · Synthetic faces/);
    match(plainTitle(make()), /^[A-Z]/);
  });

  Deno.test(`The figure "${name}" holds plain values only, so that it survives JSON`, () => {
    const figure = make();
    deepEqual(JSON.parse(JSON.stringify(figure)), figure);
    ok(!/NaN|Infinity/.test(JSON.stringify(figure).replace(/base64,[^"]*/g, "")));
  });
}

Deno.test("Where seeds stopped early, the mean ends with the first, and every best epoch is in sight", () => {
  const figure = learningCurves([{ name: "early", runs: [sampleRun(4), sampleRun(30)] }], {
    dataset: "faces",
    synthetic: true,
  });
  const [best] = traces(figure).filter(({ name }) => name === "early, best epoch");
  deepEqual(best!.x, [4, 8]);
  const range = (figure.layout as { xaxis: { range: number[] } }).xaxis.range;
  deepEqual(range, [0.5, 30.5]);
  const band = traces(figure).find(({ name }) => name === "range over the seeds")!;
  equal(Math.max(...band.x), 4);
});

Deno.test("Every visible axis has a title or names its marks itself", () => {
  for (const make of Object.values(SAMPLE_FIGURES)) {
    for (const [, axis] of axes(make())) {
      const named = (axis.title as { text?: string } | undefined)?.text || axis.ticktext;
      ok(axis.visible === false || axis.showticklabels === false || named);
    }
  }
});

Deno.test("No colour of the palette repeats, and all are readable as text on white", () => {
  equal(new Set(COLOURS).size, COLOURS.length);
  for (const hex of COLOURS) {
    const [r, g, b] = [1, 3, 5].map((i) => {
      const channel = parseInt(textColour(hex).slice(i, i + 2), 16) / 255;
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    const contrast = 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05);
    ok(contrast >= 4.5, `${hex} has a contrast of ${contrast}`);
  }
});

Deno.test("dataLabel() never calls generated faces by FER2013's name alone", () => {
  equal(dataLabel({ dataset: "fer2013", synthetic: false }), "FER2013");
  equal(dataLabel({ dataset: "synthetic", synthetic: true }), "Synthetic faces");
  equal(dataLabel({ dataset: "fer2013", synthetic: true }), "Synthetic faces (FER2013)");
  equal(dataLabel({ dataset: "bars", synthetic: true, words: WORDS }), "Synthetic data (bars)");
  equal(dataLabel({ dataset: "bars", synthetic: false, words: WORDS }), "bars");
});

Deno.test("Numbers are written as people read them", () => {
  equal(percentage(0.62083), "62.1 %");
  equal(points(0.0184), "+1.8");
  equal(points(-0.0184), "\u22121.8");
  equal(points(-0.0001), "0.0");
  equal(grouped(28709), "28,709");
  equal(grouped(436), "436");
  equal(rateText(0.001), "0.001");
  equal(rateText(0.00005), "5e\u22125");
});

Deno.test("spread() keeps the order and the gap, and moves nothing without need", () => {
  deepEqual(spread([10, 100, 50], 16), [10, 100, 50]);
  deepEqual(spread([50, 50], 16), [42, 58]);
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 300 })), (wanted) => {
    const placed = spread(wanted, 16);
    const sorted = placed.toSorted((a, b) => a - b);
    for (let i = 1; i < sorted.length; i++) ok(sorted[i]! - sorted[i - 1]! >= 16 - 1e-9);
    wanted.forEach((a, i) => {
      wanted.forEach((b, j) => a < b && ok(placed[i]! < placed[j]!));
    });
  }));
});

Deno.test("textWidth() has Helvetica's widths", () => {
  // Adobe's Helvetica.afm: H 722, i 222, space 278; Helvetica-Bold: H 722, i 278.
  equal(textWidth("Hi i", 1000), 722 + 222 + 278 + 222);
  equal(textWidth("Hi", 10, { bold: true }), 10);
  equal(textWidth("", 10), 0);
});

Deno.test("learningCurves() draws losses and accuracies of the record in percent", () => {
  const run = sampleRun(20);
  const figure = learningCurves([{ name: "baseline", runs: [run] }], SYNTHETIC);
  const validation = traces(figure).filter((trace) => trace.name === "baseline, validation");
  equal(validation.length, 2);
  deepEqual(validation[0]!.x, run.epochs.map((e) => e.epoch));
  equal(validation[1]!.y[7], 60);
  const best = traces(figure).filter((trace) => trace.name === "baseline, best epoch");
  deepEqual(best.map((trace) => trace.x), [[8], [8]]);
  const texts = figure.layout.annotations!.map((annotation) => annotation.text);
  deepEqual(texts.filter((text) => text === "validation").length, 2);
  ok(texts.includes("best epoch 8"));
});

Deno.test("learningCurves() draws the mean of the seeds with their range around it", () => {
  const runs = [sampleRun(20, 0), sampleRun(15, 0.02)];
  const figure = learningCurves([{ name: "a", runs }, { name: "b", runs }], SYNTHETIC);
  const mean = traces(figure).filter((trace) => trace.name === "a, validation")[1]!;
  equal(mean.x.length, 15); // Only the epochs that both have.
  equal(mean.y[7], 61);
  const band = traces(figure).filter((trace) => trace.name === "range over the seeds")[2]!;
  equal(Math.max(...band.y), 62);
  equal(band.x.length, 30);
  const labels = figure.layout.annotations!.map((annotation) => annotation.text);
  equal(labels.filter((text) => text === "a").length, 2);
});

Deno.test("learningCurves() leaves out a variant without a finished epoch", () => {
  const figure = learningCurves([
    { name: "a", runs: [sampleRun(3)] },
    { name: "b", runs: [{ epochs: [] }] },
  ], SYNTHETIC);
  ok(traces(figure).every((trace) => !trace.name.startsWith("b")));
});

Deno.test("confusionMatrix() has the classes in order, from the top and from the left", () => {
  const figure = confusionMatrix(CONFUSION, SYNTHETIC);
  const found = Object.fromEntries(axes(figure));
  deepEqual(found.xaxis!.ticktext, [...EMOTIONS]);
  deepEqual((found.yaxis!.ticktext as string[]).map((text) => text.split(" ")[0]), [...EMOTIONS]);
  equal((found.yaxis!.ticktext as string[])[0], "angry (491)");
  const [low, high] = found.yaxis!.range as number[];
  ok(low! > high!); // Row 0 is at the top.
  match((found.xaxis!.title as { text: string }).text, /Predicted/);
  match((found.yaxis!.title as { text: string }).text, /True/);
});

Deno.test("confusionMatrix() gives row shares that sum to 100 and the counts", () => {
  const [cells] = traces(confusionMatrix(CONFUSION, SYNTHETIC));
  const texts = (cells!.text as string[]).map((text) => text.replace(/<[^>]*>/g, " ").trim());
  for (let row = 0; row < 7; row++) {
    const shares = texts.slice(7 * row, 7 * row + 7).map((text) => parseFloat(text));
    ok(Math.abs(shares.reduce((a, b) => a + b, 0) - 100) < 0.4);
  }
  match(texts[1]!, /^0\.8 %\s+4$/); // 4 of 491 angry faces taken for disgust
  match(plainTitle(confusionMatrix(CONFUSION, SYNTHETIC)), /63\.5 % of 3,589 images right/);
});

Deno.test("confusionMatrix() shows a class without images as a dash, and refuses another shape", () => {
  const empty = CONFUSION.map((row, i) => i === 1 ? row.map(() => 0) : row);
  const [cells] = traces(confusionMatrix(empty, SYNTHETIC));
  match((cells!.text as string[])[8]!, /–/);
  throws(() => confusionMatrix([[1, 2], [3, 4]], SYNTHETIC), RangeError);
  throws(() => confusionMatrix(CONFUSION.map((row) => row.slice(1)), SYNTHETIC), RangeError);
});

Deno.test("confusionDifference() is second minus first; each row sums to zero", () => {
  const b = CONFUSION.map((row, i) => i === 0 ? [305, 4, 0, 38, 78, 12, 54] : row);
  const figure = confusionDifference(CONFUSION, b, { ...SYNTHETIC, names: ["base", "new"] });
  const texts = (traces(figure)[0]!.text as string[]).map((text) => text.replace(/<[^>]*>/g, ""));
  equal(texts[0], "+10.0");
  equal(texts[2], "\u221210.0");
  ok(texts.slice(7).every((text) => text === "0.0"));
  match(plainTitle(figure), /new minus base/);
});

Deno.test("confusionDifference() and recallDifferences() show a class without images as dashes", () => {
  const empty = CONFUSION.map((row, i) => i === 1 ? row.map(() => 0) : row);
  const [cells] = traces(confusionDifference(empty, empty, SYNTHETIC));
  const texts = (cells!.text as string[]).map((text) => text.replace(/<[^>]*>/g, ""));
  ok(texts.every((text, i) => text === (i >= 7 && i < 14 ? "–" : "0.0")));
  const [recalls] = traces(
    recallDifferences([{ name: "a", differences: [0.1, null, 0, 0, 0, 0, 0] }], SYNTHETIC),
  );
  deepEqual((recalls!.text as string[]).slice(0, 3), ["+10.0", "–", "0.0"]);
});

Deno.test("forestPlot() is in percentage points around zero, with the verdict in words", () => {
  const figure = forestPlot([
    { name: LONG_NAME, difference: 0.018, low: 0.004, high: 0.031, verdict: "better" },
    { name: "one seed", difference: -0.002, low: null, high: null, verdict: "not distinguishable" },
  ], SYNTHETIC);
  const [first, second] = traces(figure) as (LooseTrace & {
    error_x: { array: number[]; arrayminus: number[] };
    marker: { color: string; symbol: string };
  })[];
  deepEqual(first!.x, [1.8]);
  deepEqual([first!.error_x.array, first!.error_x.arrayminus], [[1.3], [1.4]]);
  ok(
    first!.marker.color !== second!.marker.color && first!.marker.symbol !== second!.marker.symbol,
  );
  ok(first!.y[0]! > second!.y[0]!);
  const texts = figure.layout.annotations!.map((annotation) => annotation.text);
  ok(texts.includes("+1.8 [+0.4, +3.1] better"));
  ok(texts.includes("\u22120.2 not distinguishable"));
  const { range, ticktext } = Object.fromEntries(axes(figure)).xaxis!;
  deepEqual((range as number[])[0], -(range as number[])[1]!);
  ok((ticktext as string[]).includes("0"));
});

Deno.test("accuracyByCost() has each network above each of its costs, and no panel without any", () => {
  const points = [
    { name: "a", accuracy: 0.6, low: 0.58, high: 0.63, costs: [20, 30, null] },
    { name: "b", accuracy: 0.7, low: null, high: null, costs: [100, null, null] },
  ];
  const figure = accuracyByCost(points, ["Adds", "Minutes", "Euros"], SYNTHETIC);
  const drawn = traces(figure).map(({ name, x, y, xaxis }) => [name, x[0], y[0], xaxis]);
  deepEqual(drawn, [["a", 20, 60, "x"], ["b", 100, 70, "x"], ["a", 30, 60, "x2"]]);
  deepEqual(axes(figure).map(([name]) => name).sort(), ["xaxis", "xaxis2", "yaxis"]);
  const [{ array, arrayminus }] = traces(figure).map(({ error_y }) =>
    error_y as { array: number[]; arrayminus: number[] }
  ) as [{ array: number[]; arrayminus: number[] }];
  deepEqual([array, arrayminus], [[3], [2]]);
});

Deno.test("accuracyByCost() sets each network's mark before its name where colours come again", () => {
  const texts = (networks: number) => {
    const points = Array.from({ length: networks }, (_, i) => ({
      ...{ name: `net ${i}`, accuracy: 0.5 + i / 100, low: null, high: null, costs: [i] },
    }));
    const { layout } = accuracyByCost(points, ["Adds"], SYNTHETIC);
    return JSON.stringify(layout.annotations);
  };
  ok(!texts(3).includes("●"));
  match(texts(10), /"● net 0".*"◆ net 1".*"● net 6"/);
});

Deno.test("perClassBars() gives percent per class with the class's images", () => {
  const figure = perClassBars([
    { emotion: "angry", precision: 0.5, recall: 0.25, f1: 1 / 3, support: 491 },
  ], SYNTHETIC);
  deepEqual(traces(figure).map((trace) => trace.y), [[50], [25], [33.333]]);
  deepEqual(Object.fromEntries(axes(figure)).xaxis!.ticktext, ["angry<br>(491)"]);
});

Deno.test("perClassBars() has a dash where a class has no score", () => {
  const figure = perClassBars([
    { emotion: "neutral", precision: 0, recall: null, f1: null, support: 0 },
  ], SYNTHETIC);
  deepEqual(traces(figure).map((trace) => trace.text), [["0"], ["–"], ["–"]]);
});

Deno.test("classCounts() sets the reference's number beside the count only where it differs", () => {
  const figure = classCounts({ Training: { happy: 7215, sad: 4830 } }, {
    ...SYNTHETIC,
    reference: { name: "the report", splits: { Training: { happy: 7285, sad: 4830 } } },
  });
  const [bars, marks] = traces(figure);
  deepEqual(bars!.x, [0, 0, 0, 7215, 4830, 0, 0]);
  equal((bars!.text as string[])[3]!.trim(), "7,215 (7,285)");
  equal((bars!.text as string[])[4]!.trim(), "4,830");
  deepEqual([marks!.x, marks!.y], [[7285, 4830], [3, 4]]);
});

/** A trace or an axis as the tests below look at it. */
// deno-lint-ignore no-explicit-any
type Loose = any;

/** Points and ends of error bars outside the axes that a figure fixes. */
function outside({ data, layout }: Figure): string[] {
  return data.flatMap((trace: Loose) => {
    if (trace.x === undefined || trace.type === "pie") return [];
    return (["x", "y"] as const).flatMap((letter) => {
      const name = (trace[`${letter}axis`] ?? letter) as string;
      const axis = (layout as Loose)[name.replace(letter, `${letter}axis`)];
      const values: Loose[] = [...(trace[letter] ?? [])];
      const bars = trace[`error_${letter}`];
      values.forEach((value, i) => {
        if (bars?.array) values.push(value + bars.array[i], value - bars.arrayminus[i]);
      });
      const range: number[] | undefined = axis?.range;
      if (!range) return [];
      const [low, high] = [Math.min(...range) - 1e-9, Math.max(...range) + 1e-9];
      return values.filter((value) => typeof value === "number" && !Number.isNaN(value))
        .map((value) => axis.type === "log" ? Math.log10(value) : value)
        .filter((value) => value < low || value > high)
        .map((value) => `${trace.name}: ${letter} ${value} is not in ${range}`);
    });
  });
}

Deno.test("Every point of every figure lies within its axes", () => {
  for (const [name, make] of Object.entries(SAMPLE_FIGURES)) deepEqual(outside(make()), [], name);
  const rates = [1, 0.1, 1e-3, 1e-6, 1e-12, 0];
  const epochs = rates.map((learningRate, i) => ({
    ...sampleRun(6).epochs[i]!,
    learningRate,
  }));
  for (let last = 1; last <= rates.length; last++) {
    const run = { epochs: epochs.slice(0, last) };
    for (const names of [["a"], ["a", "b"]]) {
      deepEqual(
        outside(learningCurves(names.map((name) => ({ name, runs: [run] })), SYNTHETIC)),
        [],
      );
    }
    const schedule = { name: "a", rates: rates.slice(0, last) };
    deepEqual(outside(schedulePlot([schedule], SYNTHETIC)), []);
    deepEqual(outside(schedulePlot([{ name: "zero", rates: [0, 0] }], SYNTHETIC)), []);
  }
});

Deno.test("Every point of the committed reports' figures lies within its axes", async () => {
  const root = join(import.meta.dirname!, "..", "..", "reports");
  const files = [...Deno.readDirSync(root)].filter(({ isDirectory }) => isDirectory)
    .flatMap(({ name: set }) =>
      [...Deno.readDirSync(join(root, set))].map(({ name }) => join(root, set, name, "report.json"))
    );
  let figures = 0;
  for (const file of files) {
    const text = await Deno.readTextFile(file).catch(() => undefined);
    if (text === undefined) continue;
    for (const { file: name, figure } of reportFigures(JSON.parse(text))) {
      deepEqual(outside(figure), [], `${file}: ${name}`);
      figures++;
    }
  }
  ok(figures >= 20, `${figures} figures`);
});

Deno.test("rateAxis() says where it draws what lies further down, and shows all else", () => {
  const of = (...rates: number[]) => rateAxis(rates, { height: 330 });
  const halved = of(1e-3, 2.44140625e-7);
  equal(halved.at(2.44140625e-7), 2.44140625e-7);
  deepEqual(halved.ticks.ticktext, ["1e\u22126", "1e\u22125", "0.0001", "0.001"]);
  const cosine = of(1e-3, 1e-11);
  equal(cosine.at(1e-11), 1e-7);
  deepEqual(cosine.ticks.ticktext, [
    "\u2264 1e\u22127",
    "1e\u22126",
    "1e\u22125",
    "0.0001",
    "0.001",
  ]);
  const besides = of(2e-3, 1e-11).ticks.ticktext;
  deepEqual(besides.slice(0, 2), ["\u2264 2e\u22127", "1e\u22126"]);
  // In a low strip every second one has room.
  deepEqual(rateAxis([1e-3, 2.5e-7], { height: 60 }).ticks.ticktext, ["1e\u22125", "0.001"]);
  equal(of(1e-3).ticks.ticktext.length, 1);
  equal(of(0.5, 0.3).share(0.5) > of(0.5, 0.3).share(0.3), true);
});

Deno.test("schedulePlot() draws a rate of zero at the bottom of its scale", () => {
  const figure = schedulePlot([{ name: "to zero", rates: [1e-3, 5e-4, 0] }], SYNTHETIC);
  const [low] = Object.fromEntries(axes(figure)).yaxis!.range as number[];
  ok(Number.isFinite(low));
  ok(traces(figure)[0]!.y.every((rate) => Math.log10(rate) >= low!));
});

Deno.test("reliabilityDiagram() gives the expected calibration error and skips empty bins", () => {
  const figure = reliabilityDiagram([
    { low: 0, high: 0.5, confidence: 0, accuracy: 0, count: 0 },
    { low: 0.5, high: 0.75, confidence: 0.6, accuracy: 0.5, count: 30 },
    { low: 0.75, high: 1, confidence: 0.9, accuracy: 0.7, count: 10 },
  ], SYNTHETIC);
  match(plainTitle(figure), /calibration error 12\.5 percentage points/); // .75 x 10 + .25 x 20
  deepEqual(traces(figure)[1]!.x, [60, 90]);
});

Deno.test("faceGrid() places each face once and refuses captions that do not fit", () => {
  const figure = faceGrid(sampleFaces(9), [], { ...SYNTHETIC, columns: 4 });
  const images = figure.layout.images as { x: number; y: number; source: string }[];
  equal(images.length, 9);
  equal(new Set(images.map((image) => `${image.x} ${image.y}`)).size, 9);
  equal(new Set(images.map((image) => image.y)).size, 3);
  ok(images.every((image) => image.source.startsWith("data:image/png;base64,iVBORw0KGgo")));
  throws(() => faceGrid(sampleFaces(2), ["one"], SYNTHETIC), RangeError);
  throws(() => faceGrid(new Uint8Array(100), [], SYNTHETIC), RangeError);
});

Deno.test("meanFaces() averages each class and leaves out a class without images", () => {
  const images = new Uint8Array(3 * 48 * 48);
  images.fill(100, 0, 2304).fill(50, 2304, 4608).fill(7, 4608);
  const figure = meanFaces(images, Uint8Array.of(3, 3, 6), SYNTHETIC);
  const sources = (figure.layout.images as { source: string }[]).map((image) => image.source);
  const expected = new Uint8Array(2 * 48 * 48);
  expected.fill(75, 0, 2304).fill(7, 2304);
  const grid = faceGrid(expected, [], SYNTHETIC);
  deepEqual(sources, (grid.layout.images as { source: string }[]).map((image) => image.source));
  deepEqual(figure.layout.annotations!.map((a) => a.text), [
    "happy<br>2 images",
    "neutral<br>1 image",
  ]);
});

Deno.test("Figures are of the classes and samples that are given", () => {
  const classes = ["a <b>", "b", "c"];
  const options = { dataset: "votes", synthetic: true, words: WORDS, classes };
  const matrix = [[8, 1, 1], [0, 5, 0], [2, 2, 6]];
  const figures = [
    confusionMatrix(matrix, options),
    confusionDifference(matrix, matrix, options),
    recallDifferences([{ name: "v", differences: [0.1, null, -0.1] }], options),
    classCounts({ Training: { "a <b>": 3, b: 4, c: 5 } }, options),
    perClassBars(
      classes.map((emotion) => ({ emotion, precision: 1, recall: 1, f1: 1, support: 9 })),
      options,
    ),
    reliabilityDiagram(
      [{ low: 0, high: 1, confidence: 0.5, accuracy: 0.5, count: 4 }],
      options,
    ),
  ];
  for (const figure of figures) {
    const text = JSON.stringify(figure);
    doesNotMatch(text, /images?\b|emotion|angry/);
    match(text, /Synthetic data \(votes\)/);
  }
  match(JSON.stringify(figures[0]), /True class \(samples\)/);
  const [ticks] = axes(figures[3]!).filter(([name]) => name === "yaxis");
  deepEqual(ticks![1].ticktext, ["a &lt;b&gt;", "b", "c"]);
});

Deno.test("faceGrid() and meanFaces() draw images of any size", () => {
  const size = { width: 6, height: 4 };
  const images = Uint8Array.from({ length: 3 * 24 }, (_, i) => i < 24 ? 10 : i < 48 ? 30 : 200);
  const options = { ...SYNTHETIC, size, classes: ["a", "b", "c"], scale: 10 };
  const { layout } = meanFaces(images, Uint8Array.of(0, 0, 2), options);
  const { images: placed, annotations } = layout as unknown as {
    images: { sizex: number; sizey: number }[];
    annotations: { text: string }[];
  };
  deepEqual(placed.map(({ sizex, sizey }) => [sizex, sizey]), [[60, 40], [60, 40]]);
  deepEqual(annotations.map(({ text }) => text), ["a<br>2 images", "c<br>1 image"]);
  throws(() => faceGrid(images.subarray(1), [], options), RangeError);
});
