/**
 * Soft-edged shapes on a square canvas that bends with the head's pose.
 *
 * Shapes are given in face units (see identity.ts). Their edges are one pixel wide, from the distance
 * to the outline, so that one sample per pixel is enough. Only `+ - * /`, `Math.sqrt`, `Math.sin`
 * and `Math.cos` are used, in double precision: the same bytes on every platform.
 *
 * @module
 */

import { IMAGE_SIZE } from "../../emotion.ts";

/** A soft-edged ellipse, in face units. */
export interface Patch {
  readonly x: number;
  readonly y: number;
  readonly radiusX: number;
  readonly radiusY: number;
  /** Gray value. */
  readonly tone: number;
  /** From 0 to 1. */
  readonly opacity: number;
}

/** From where and in which light the face is seen. */
export interface View {
  /** Turn of the head to the side: how far the features move along x, in face units. */
  readonly yaw: number;
  /** Nod of the head: how far the features move along y. */
  readonly pitch: number;
  /** Tilt of the head, in radians. */
  readonly roll: number;
  /** Pixels per face unit. */
  readonly scale: number;
  /** Where the middle of the head is, in pixels from the middle of the image. */
  readonly x: number;
  readonly y: number;
  /** Direction to the light, right and down positive; towards the camera is what is left to length 1. */
  readonly lightX: number;
  readonly lightY: number;
  /** The share of light that comes from everywhere. */
  readonly ambient: number;
  /** Gray value behind the head, and its change from left to right and top to bottom. */
  readonly background: number;
  readonly backgroundX: number;
  readonly backgroundY: number;
  /** What is behind the head. */
  readonly clutter: readonly Patch[];
  /** Shadows and reflections on the face. */
  readonly shadows: readonly Patch[];
}

/** Straight from the front in even light. */
export const FRONTAL: View = {
  yaw: 0,
  pitch: 0,
  roll: 0,
  scale: 1,
  x: 0,
  y: 1,
  lightX: 0.1,
  lightY: -0.3,
  ambient: 0.5,
  background: 110,
  backgroundX: 0,
  backgroundY: 0,
  clutter: [],
  shadows: [],
};

/** How far from the middle of the head a turn still moves what is on the face. */
const BULGE = 26;

/** How much of a pixel is covered at a distance (in pixels, positive inside) from an edge. */
export function coverage(inside: number): number {
  return inside <= -0.5 ? 0 : inside >= 0.5 ? 1 : inside + 0.5;
}

/** A square canvas of gray values with the face's coordinates at each pixel. */
export class Canvas {
  /** Side in pixels. */
  readonly size: number;
  /** How many of its pixels are one of a 48x48 image, along a side. */
  readonly zoom: number;
  /** Gray values, not yet rounded or cut to 0-255. */
  readonly pixels: Float64Array;
  /** A second buffer for what must read its neighbours. */
  readonly spare: Float64Array;
  /** How much of each pixel is head or hair (0 to 1): where the light falls on a round surface. */
  readonly head: Float64Array;
  /** Distance of each pixel inside the head's outline, in face units; negative outside. */
  readonly inside: Float64Array;
  /** Head coordinates: outline and hair. */
  readonly headX: Float64Array;
  readonly headY: Float64Array;
  /** Face coordinates: what a turn of the head moves along (eyes, nose, mouth). */
  readonly faceX: Float64Array;
  readonly faceY: Float64Array;
  /** Pixels per face unit. */
  scale = 1;
  /** The pixels that the last {@linkcode Canvas.frame} may touch: columns and rows, ends excluded. */
  left = 0;
  right = 0;
  top = 0;
  bottom = 0;

  #cos = 1;
  #sin = 0;
  #x = 0;
  #y = 0;
  #yaw = 0;
  #pitch = 0;

  /** @param size Side in pixels. */
  constructor(size = IMAGE_SIZE) {
    this.size = size;
    this.zoom = size / IMAGE_SIZE;
    const values = () => new Float64Array(size * size);
    [this.pixels, this.spare, this.head, this.inside] = [values(), values(), values(), values()];
    [this.headX, this.headY, this.faceX, this.faceY] = [values(), values(), values(), values()];
  }

  /** Sets the pose; shapes drawn after this follow it. */
  place(view: View): void {
    const middle = (this.size - 1) / 2;
    this.scale = view.scale * this.zoom;
    this.#cos = Math.cos(view.roll);
    this.#sin = Math.sin(view.roll);
    this.#x = middle + view.x * this.zoom;
    this.#y = middle + view.y * this.zoom;
    this.#yaw = view.yaw;
    this.#pitch = view.pitch;
    const cos = this.#cos / this.scale;
    const sin = this.#sin / this.scale;
    for (let row = 0, i = 0; row < this.size; row++) {
      const dy = row - this.#y;
      for (let column = 0; column < this.size; column++, i++) {
        const dx = column - this.#x;
        const x = cos * dx + sin * dy;
        const y = cos * dy - sin * dx;
        const far = (x * x + y * y) / (BULGE * BULGE);
        const bulge = far < 1 ? 1 - far : 0;
        this.headX[i] = x;
        this.headY[i] = y;
        this.faceX[i] = x - view.yaw * bulge;
        this.faceY[i] = y - view.pitch * bulge;
      }
    }
  }

  /** Finds the pixels that a rectangle in face units may touch. */
  frame(x0: number, y0: number, x1: number, y1: number): void {
    // A turn moves each point by something between nothing and the whole of it.
    const yaw = this.#yaw / 2;
    const pitch = this.#pitch / 2;
    const centreX = (x0 + x1) / 2 + yaw;
    const centreY = (y0 + y1) / 2 + pitch;
    const halfX = (x1 - x0) / 2 + (yaw < 0 ? -yaw : yaw);
    const halfY = (y1 - y0) / 2 + (pitch < 0 ? -pitch : pitch);
    const cos = this.#cos * this.scale;
    const sin = this.#sin * this.scale;
    const column = this.#x + cos * centreX - sin * centreY;
    const row = this.#y + sin * centreX + cos * centreY;
    const aside = sin < 0 ? -sin : sin;
    const wide = cos * halfX + aside * halfY + 1;
    const high = aside * halfX + cos * halfY + 1;
    this.left = Math.max(0, Math.floor(column - wide));
    this.right = Math.min(this.size, Math.ceil(column + wide) + 1);
    this.top = Math.max(0, Math.floor(row - high));
    this.bottom = Math.min(this.size, Math.ceil(row + high) + 1);
  }

  /**
   * A filled ellipse.
   *
   * @param tone Gray value.
   * @param opacity From 0 to 1.
   * @param soft Width of the edge in pixels, of a 48x48 image where it is more than one.
   */
  ellipse(
    x: number,
    y: number,
    radiusX: number,
    radiusY: number,
    tone: number,
    opacity: number,
    soft = 1,
  ): void {
    if (opacity <= 0 || radiusX <= 0 || radiusY <= 0) return;
    const { pixels, faceX, faceY } = this;
    const edge = soft > 1 ? soft * this.zoom : soft;
    const margin = edge / (2 * this.scale);
    this.frame(
      x - radiusX - margin,
      y - radiusY - margin,
      x + radiusX + margin,
      y + radiusY + margin,
    );
    const perPixel = (radiusX < radiusY ? radiusX : radiusY) * this.scale / edge;
    const byX = 1 / radiusX;
    const byY = 1 / radiusY;
    const outer = 1 + 0.5 / perPixel;
    const outer2 = outer * outer;
    for (let row = this.top; row < this.bottom; row++) {
      const end = row * this.size + this.right;
      for (let i = row * this.size + this.left; i < end; i++) {
        const dx = (faceX[i]! - x) * byX;
        const dy = (faceY[i]! - y) * byY;
        const far2 = dx * dx + dy * dy;
        if (far2 >= outer2) continue;
        const covered = coverage((1 - Math.sqrt(far2)) * perPixel);
        pixels[i]! += opacity * covered * (tone - pixels[i]!);
      }
    }
  }

  /**
   * A straight stroke with round ends.
   *
   * @param width0 Its width at the start, in face units.
   * @param width1 Its width at the end.
   */
  line(
    x0: number,
    y0: number,
    x1: number,
    y1: number,
    width0: number,
    width1: number,
    tone: number,
    opacity: number,
  ): void {
    if (opacity <= 0) return;
    const { pixels, faceX, faceY } = this;
    const margin = (width0 > width1 ? width0 : width1) / 2 + 0.5 / this.scale;
    this.frame(
      Math.min(x0, x1) - margin,
      Math.min(y0, y1) - margin,
      Math.max(x0, x1) + margin,
      Math.max(y0, y1) + margin,
    );
    const dx = x1 - x0;
    const dy = y1 - y0;
    const byLength2 = 1 / (dx * dx + dy * dy + 1e-9);
    const margin2 = margin * margin;
    for (let row = this.top; row < this.bottom; row++) {
      const end = row * this.size + this.right;
      for (let i = row * this.size + this.left; i < end; i++) {
        const px = faceX[i]! - x0;
        const py = faceY[i]! - y0;
        let t = (px * dx + py * dy) * byLength2;
        t = t < 0 ? 0 : t > 1 ? 1 : t;
        const ax = px - t * dx;
        const ay = py - t * dy;
        const far2 = ax * ax + ay * ay;
        if (far2 >= margin2) continue;
        const half = (width0 + t * (width1 - width0)) / 2;
        const covered = thin(half - Math.sqrt(far2), half, this.scale);
        if (covered > 0) pixels[i]! += opacity * covered * (tone - pixels[i]!);
      }
    }
  }

  /**
   * A stroke along the parabola through (x0, y0), the middle at height `ym`, and (x1, y1), thinner
   * towards its ends.
   *
   * @param width0 Its width at x0, in face units; `width1` at x1.
   */
  arc(
    x0: number,
    y0: number,
    ym: number,
    x1: number,
    y1: number,
    width0: number,
    width1: number,
    tone: number,
    opacity: number,
  ): void {
    if (opacity <= 0) return;
    if (x1 < x0) return this.arc(x1, y1, ym, x0, y0, width1, width0, tone, opacity);
    const { pixels, faceX, faceY } = this;
    const margin = (width0 > width1 ? width0 : width1) / 2 + 0.5 / this.scale;
    this.frame(
      x0 - margin,
      Math.min(y0, ym, y1) - margin,
      x1 + margin,
      Math.max(y0, ym, y1) + margin,
    );
    const middle = (x0 + x1) / 2;
    const halfLength = (x1 - x0) / 2;
    const byHalf = 1 / halfLength;
    // y(s) = ym + slope s + bend s^2 for s from -1 to 1.
    const slope = (y1 - y0) / 2;
    const bend = (y0 + y1) / 2 - ym;
    for (let row = this.top; row < this.bottom; row++) {
      const end = row * this.size + this.right;
      for (let i = row * this.size + this.left; i < end; i++) {
        const s = (faceX[i]! - middle) * byHalf;
        const magnitude = s < 0 ? -s : s;
        const past = (magnitude - 1) * halfLength * this.scale;
        if (past > 0.5) continue;
        const steep = (slope + 2 * bend * s) * byHalf;
        const away = faceY[i]! - (ym + slope * s + bend * s * s);
        const distance = (away < 0 ? -away : away) / Math.sqrt(1 + steep * steep);
        const taper = 1 - 0.35 * magnitude * magnitude;
        const half = (width0 + (s + 1) / 2 * (width1 - width0)) / 2 * taper;
        const covered = thin(half - distance, half, this.scale) * coverage(-past);
        if (covered > 0) pixels[i]! += opacity * covered * (tone - pixels[i]!);
      }
    }
  }
}

/** Coverage of a stroke, fainter where it is thinner than a pixel. */
function thin(inside: number, half: number, scale: number): number {
  const width = 2 * half * scale;
  const covered = coverage(inside * scale + (width < 1 ? 0.5 * (1 - width) : 0));
  return width < 1 ? covered * width : covered;
}

/** Cuts to 0-1. */
export function clip(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
