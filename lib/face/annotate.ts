/**
 * A picture with what was found in it: per face the square that the network saw, its emotion and a bar
 * for its probability. As SVG, which every browser shows, with words that can be read and found.
 *
 * @module
 */

import { Buffer } from "node:buffer";
// @ts-types="@types/pngjs"
import { PNG } from "pngjs";
import type { Picture } from "../dataset/picture.ts";
import type { ImageSize } from "../sample.ts";
import type { Square } from "./cut.ts";

/** A face as it is drawn. */
export interface DrawnFace {
  readonly square: Square;
  readonly emotion: string;
  /** Of the emotion, 0 to 1. */
  readonly probability: number;
}

/**
 * Draws faces onto a picture.
 *
 * @param picture Upright.
 * @param faces In pixels of it.
 * @returns The text of an SVG that holds the picture.
 */
export function annotatedSvg(picture: Picture, faces: readonly DrawnFace[]): string {
  const { width, height } = picture;
  const address = pngAddress(picture);
  const line = Math.max(1, Math.round(Math.max(width, height) / 300));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" font-family="sans-serif">`,
    `<image width="${width}" height="${height}" href="${address}"/>`,
    ...faces.map((face) => drawFace(face, picture, line)),
    "</svg>\n",
  ].join("\n");
}

function drawFace(
  { square, emotion, probability }: DrawnFace,
  picture: Picture,
  line: number,
): string {
  const { x, y, side } = square;
  const text = Math.max(8, side / 9);
  const bar = text * 0.4;
  const tall = text * 1.5 + bar;
  // Above the square; where there is no room, inside it at the top.
  const top = y >= tall ? y - tall : Math.max(0, y);
  const left = Math.min(Math.max(0, x), Math.max(0, picture.width - side));
  const label = `${escapeXml(emotion)} ${(100 * probability).toFixed(0)} %`;
  return [
    `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="none" stroke="#fff" ` +
    `stroke-width="${3 * line}"/>`,
    `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="none" stroke="#0057b8" ` +
    `stroke-width="${line}"/>`,
    `<rect x="${left}" y="${top}" width="${side}" height="${tall}" fill="#000" fill-opacity="0.7"/>`,
    `<text x="${left + text / 3}" y="${top + text * 1.1}" font-size="${text.toFixed(1)}" ` +
    `fill="#fff">${label}</text>`,
    `<rect x="${left}" y="${(top + tall - bar).toFixed(1)}" ` +
    `width="${(side * probability).toFixed(1)}" height="${bar.toFixed(1)}" fill="#ffb000"/>`,
  ].join("\n");
}

/** A picture as an address that holds it. */
export function pngAddress({ width, height, data }: Picture): string {
  const png = new PNG({ width, height });
  png.data = Buffer.from(data.buffer, data.byteOffset, data.length);
  return `data:image/png;base64,${PNG.sync.write(png).toString("base64")}`;
}

/** Gray values as a picture. */
export function grayPicture(gray: Uint8Array, size: ImageSize): Picture {
  const data = new Uint8Array(4 * gray.length).fill(255);
  gray.forEach((value, i) => data.fill(value, 4 * i, 4 * i + 3));
  return { ...size, data };
}

/** Text as XML has it. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
