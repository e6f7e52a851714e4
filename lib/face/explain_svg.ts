/**
 * A face with its heat maps, to be looked at: the face as the network sees it, each map over it, and what
 * its colours mean. As SVG with words that can be read and found.
 *
 * @module
 */

import type { ImageSize } from "../sample.ts";
import { percent, wrap } from "../text.ts";
import { escapeXml, grayPicture, pngAddress } from "./annotate.ts";
import type { HeatMap } from "./explain.ts";

/** Side of each picture, and what is around it. */
const SIDE = 280;
const MARGIN = 16;
const TEXT = 13;
const LINE = 1.4 * TEXT;
/** Characters of {@linkcode TEXT} are at most so wide on the mean. */
const CHARACTER = 0.56 * TEXT;
/** Seen over dark and over light skin, and by those who tell no red from green. */
const COLOR = [255, 140, 0] as const;
/** The face is to be seen under the hottest place, too. */
const MOST_OPACITY = 0.8;

/** What such a map does not show. */
export const LIMITS =
  "A map shows which parts of this image move this network's answer, right or wrong. It does not show " +
  "why the answer is right, what another network would look at, or what the person feels.";

/** A face that is explained. */
export interface ExplainedFace {
  /** What the picture is called, with the face's number where it has several. */
  readonly title: string;
  /** What the network was given, gray values row by row. */
  readonly pixels: Uint8Array;
  readonly size: ImageSize;
  readonly emotion: string;
  /** Of the emotion, 0 to 1. */
  readonly probability: number;
  readonly maps: readonly HeatMap[];
}

/** Draws a face with its heat maps. */
export function explanationSvg(
  { title, pixels, size, emotion, probability, maps }: ExplainedFace,
): string {
  const face = pngAddress(grayPicture(pixels, size));
  const wide = (maps.length + 1) * (SIDE + MARGIN) + MARGIN;
  const top = MARGIN + 2.2 * LINE;
  const below = top + SIDE + LINE;
  const limits = wrap(LIMITS, Math.floor((wide - 2 * MARGIN) / CHARACTER));
  const tall = below + 4.2 * LINE + limits.length * LINE;
  const left = (panel: number) => MARGIN + panel * (SIDE + MARGIN);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${tall}" ` +
    `viewBox="0 0 ${wide} ${tall}" font-family="sans-serif" font-size="${TEXT}">`,
    `<defs><linearGradient id="heat"><stop offset="0" stop-color="${rgb()}" stop-opacity="0"/>` +
    `<stop offset="1" stop-color="${rgb()}" stop-opacity="${MOST_OPACITY}"/></linearGradient></defs>`,
    `<rect width="${wide}" height="${tall}" fill="#fff"/>`,
    words(MARGIN, MARGIN + TEXT, title),
    words(
      MARGIN,
      MARGIN + TEXT + LINE,
      `What speaks for ${emotion} (${percent(probability, 1)} %)`,
      ' font-weight="bold"',
    ),
    picture(left(0), top, face),
    words(left(0), below, `What the network sees: ${size.width}x${size.height}`),
    ...maps.flatMap((map, i) => drawMap(map, { face, size, left: left(i + 1), top, below })),
    ...limits.map((line, i) => words(MARGIN, below + (4 + i) * LINE, line)),
    "</svg>\n",
  ].join("\n");
}

function drawMap(
  map: HeatMap,
  { face, size, left, top, below }: {
    readonly face: string;
    readonly size: ImageSize;
    readonly left: number;
    readonly top: number;
    readonly below: number;
  },
): string[] {
  const [least, most] = legendOf(map);
  const bar = (fill: string) =>
    `<rect x="${left}" y="${below + 0.5 * LINE}" width="${SIDE}" height="${TEXT}" fill="${fill}"/>`;
  return [
    picture(left, top, face),
    `<image x="${left}" y="${top}" width="${SIDE}" height="${SIDE}" ` +
    `href="${pngAddress({ ...size, data: heatPixels(map.heat) })}"/>`,
    words(left, below, methodOf(map)),
    bar("#808080"),
    bar("url(#heat)"),
    words(left, below + 2.3 * LINE, least),
    words(left + SIDE, below + 2.3 * LINE, most, ' text-anchor="end"'),
  ];
}

function picture(x: number, y: number, href: string): string {
  return `<image x="${x}" y="${y}" width="${SIDE}" height="${SIDE}" href="${href}" ` +
    'style="image-rendering: pixelated"/>';
}

function words(x: number, y: number, text: string, more = ""): string {
  return `<text x="${x}" y="${y.toFixed(1)}"${more}>${escapeXml(text)}</text>`;
}

function rgb(): string {
  return `rgb(${COLOR.join(",")})`;
}

function methodOf({ method, grain }: HeatMap): string {
  return method === "Grad-CAM"
    ? `Grad-CAM, place by place: ${grain}x${grain} places`
    : `Occlusion: less where ${grain}x${grain} are covered`;
}

function legendOf({ heat, fall }: HeatMap): readonly [least: string, most: string] {
  if (heat.every((share) => share === 0)) return ["nowhere anything", ""];
  if (fall === undefined) return ["nothing", "most"];
  return ["nothing", `most: ${percent(fall, 1)} points less`];
}

/** The heat as one colour of growing opacity. */
function heatPixels(heat: Float32Array): Uint8Array {
  const data = new Uint8Array(4 * heat.length);
  heat.forEach((share, i) => data.set([...COLOR, Math.round(255 * MOST_OPACITY * share)], 4 * i));
  return data;
}
