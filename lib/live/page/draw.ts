/// <reference lib="dom" />
/**
 * What the page shows of a reading: the picture with boxes, and a card for each face.
 *
 * @module
 */

import type { Picture } from "../../dataset/picture.ts";
import { IMAGE_SIZE } from "../../emotion.ts";
import type { ReadFace } from "./classify.ts";

/** The class that is held most probable. */
export function best(probabilities: readonly number[]): number {
  return probabilities.indexOf(Math.max(...probabilities));
}

/** A share as in "93 %". */
export function percentText(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** The longer side of what is shown, in pixels: on fewer no label could be read. */
const [SHORTEST, LONGEST] = [640, 1280];

/**
 * Draws a picture with its faces marked.
 *
 * @param options `mirrored`: as in a mirror; only what is drawn is, not what the network sees.
 */
export function drawPicture(
  canvas: HTMLCanvasElement,
  image: CanvasImageSource,
  { width, height }: Picture,
  faces: readonly ReadFace[],
  { classes, mirrored }: { readonly classes: readonly string[]; readonly mirrored: boolean },
): void {
  const longer = Math.max(width, height);
  const scale = Math.min(Math.max(SHORTEST, longer), LONGEST) / longer;
  const [w, h] = [Math.max(1, Math.round(scale * width)), Math.max(1, Math.round(scale * height))];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = canvas.getContext("2d")!;
  context.setTransform(mirrored ? -1 : 1, 0, 0, 1, mirrored ? w : 0, 0);
  context.fillRect(0, 0, w, h);
  context.drawImage(image, 0, 0, w, h);
  context.setTransform(1, 0, 0, 1, 0, 0);
  const unit = Math.max(w, h) / 320;
  context.font = `600 ${Math.round(8 * unit)}px system-ui, sans-serif`;
  context.textBaseline = "top";
  for (const [i, { square, probabilities }] of faces.entries()) {
    const side = scale * square.side;
    const x = mirrored ? w - scale * square.x - side : scale * square.x;
    const y = scale * square.y;
    // What leads over an edge is drawn along it.
    const [left, top] = [Math.max(unit, x), Math.max(unit, y)];
    const [right, bottom] = [Math.min(w - unit, x + side), Math.min(h - unit, y + side)];
    // Two lines, so that one is to be seen on any picture.
    for (const [color, line] of [["#000", 2.5 * unit], ["#ffd84d", 1.25 * unit]] as const) {
      context.strokeStyle = color;
      context.lineWidth = line;
      context.strokeRect(left, top, right - left, bottom - top);
    }
    const at = best(probabilities);
    const text = `${i + 1}: ${classes[at]} ${percentText(probabilities[at]!)}`;
    const textWidth = context.measureText(text).width + 4 * unit;
    const textX = Math.min(Math.max(0, x), Math.max(0, w - textWidth));
    const textY = Math.min(Math.max(0, y - 11 * unit), h - 11 * unit);
    context.fillStyle = "#000";
    context.fillRect(textX, textY, textWidth, 11 * unit);
    context.fillStyle = "#ffd84d";
    context.fillText(text, textX + 2 * unit, textY + 1.5 * unit);
    context.fillStyle = "#000";
  }
  const said = faces.map(({ probabilities }) => classes[best(probabilities)]);
  canvas.setAttribute(
    "aria-label",
    faces.length === 0 ? "The picture, without a face" : `The picture; faces: ${said.join(", ")}`,
  );
}

/** A card of the page, made once and filled at every frame. */
interface Card {
  readonly element: HTMLElement;
  fill(face: ReadFace): void;
}

/** The cards of the faces that are seen. */
export class Cards {
  readonly #cards: Card[] = [];

  readonly #place: HTMLElement;
  readonly #classes: readonly string[];

  /** @param place Where they go. */
  constructor(place: HTMLElement, classes: readonly string[]) {
    this.#place = place;
    this.#classes = classes;
  }

  /** Shows these faces, left to right. */
  show(faces: readonly ReadFace[]): void {
    while (this.#cards.length > faces.length) this.#cards.pop()!.element.remove();
    for (const [i, face] of faces.entries()) {
      const card = this.#cards[i] ??= this.#add(i);
      card.fill(face);
    }
  }

  #add(i: number): Card {
    const card = makeCard(i, this.#classes);
    this.#place.append(card.element);
    return card;
  }
}

function makeCard(i: number, classes: readonly string[]): Card {
  const element = make("article", { className: "face" });
  const title = make("h2");
  const seen = make("canvas", { width: IMAGE_SIZE, height: IMAGE_SIZE });
  seen.setAttribute("role", "img");
  seen.setAttribute("aria-label", `What the network sees of face ${i + 1}`);
  const rows = classes.map((name) => {
    const row = make("div", { className: "row" });
    const meter = make("meter", { min: 0, max: 1 });
    meter.setAttribute("aria-label", name);
    const share = make("span");
    row.append(make("span", { textContent: name }), meter, share);
    return { row, meter, share };
  });
  element.append(title, seen, ...rows.map(({ row }) => row));
  const context = seen.getContext("2d")!;
  const image = context.createImageData(IMAGE_SIZE, IMAGE_SIZE);
  return {
    element,
    fill({ pixels, probabilities }) {
      const at = best(probabilities);
      title.textContent = `Face ${i + 1}: ${classes[at]}`;
      pixels.forEach((value, p) => image.data.set([value, value, value, 255], 4 * p));
      context.putImageData(image, 0, 0);
      for (const [c, { row, meter, share }] of rows.entries()) {
        meter.value = probabilities[c]!;
        share.textContent = percentText(probabilities[c]!);
        row.classList.toggle("best", c === at);
      }
    },
  };
}

function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
): HTMLElementTagNameMap[Name] {
  return Object.assign(document.createElement(name), properties);
}
