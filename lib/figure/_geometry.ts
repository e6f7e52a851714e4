/**
 * Where the parts of an SVG are, without a browser's layout: enough for what Plotly writes.
 *
 * @module
 */

import { textWidth } from "./_text_size.ts";

/** Height of a line of text, and of its part above the baseline, as multiples of the font size. */
const LINE_HEIGHT = 1.3;
const ASCENT = 1;

/** A rectangle as `getBoundingClientRect` gives it. */
export interface Box {
  x: number;
  y: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
  width: number;
  height: number;
}

/** The place an element takes, from its text; groups take that of their parts together. */
export function boxOf(element: Element): Box {
  if (element.tagName === "text" || element.tagName === "tspan") return textBox(element);
  if (element.tagName === "rect") {
    const number = (name: string) => Number(element.getAttribute(name) ?? 0);
    return box(number("x"), number("y"), number("width"), number("height"));
  }
  const parts = [...element.children]
    .map((part) => moved(boxOf(part), part.getAttribute("transform")))
    .filter((part) => part.width > 0);
  if (parts.length === 0) return box(0, 0, 0, 0);
  const left = Math.min(...parts.map((part) => part.left));
  const top = Math.min(...parts.map((part) => part.top));
  const right = Math.max(...parts.map((part) => part.right));
  const bottom = Math.max(...parts.map((part) => part.bottom));
  return box(left, top, right - left, bottom - top);
}

function box(x: number, y: number, width: number, height: number): Box {
  return { x, y, left: x, top: y, right: x + width, bottom: y + height, width, height };
}

/** A box where it is in the whole picture: moved with its element and all elements around it. */
export function placed(own: Box, element: Element): Box {
  let at = own;
  for (let node: Element | null = element; node; node = node.parentElement) {
    at = moved(at, node.getAttribute("transform"));
  }
  return at;
}

/** A box after an SVG `transform` of the kinds Plotly writes, upright around its corners. */
function moved(from: Box, transform: string | null): Box {
  if (!transform) return from;
  let corners: [number, number][] = [
    [from.left, from.top],
    [from.right, from.top],
    [from.left, from.bottom],
    [from.right, from.bottom],
  ];
  // The last in the list is applied first.
  for (const [, kind, text] of [...transform.matchAll(/(\w+)\(([^)]*)\)/g)].reverse()) {
    const [a = 0, b = 0, c = 0] = text!.split(/[\s,]+/).map(Number);
    if (kind === "translate") corners = corners.map(([x, y]) => [x + a, y + b]);
    else if (kind === "scale") corners = corners.map(([x, y]) => [x * a, y * (b || a)]);
    else if (kind === "rotate") {
      const [sin, cos] = [Math.sin(a * Math.PI / 180), Math.cos(a * Math.PI / 180)];
      corners = corners.map(([x, y]) => [
        b + (x - b) * cos - (y - c) * sin,
        c + (x - b) * sin + (y - c) * cos,
      ]);
    }
  }
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return box(left, top, Math.max(...xs) - left, Math.max(...ys) - top);
}

function textBox(element: Element): Box {
  const size = fontSize(element);
  // Plotly's lines are tspans with a distance to the line before.
  const lines = [...element.children].filter((part) => part.hasAttribute("dy"));
  const widths = (lines.length > 0 ? lines : [element]).map(lineWidth);
  const width = Math.max(...widths);
  if (width === 0) return box(0, 0, 0, 0);
  const height = size * LINE_HEIGHT * widths.length;
  const anchor = styleOf(element, "text-anchor") ?? "start";
  const shift = anchor === "middle" ? width / 2 : anchor === "end" ? width : 0;
  const x = Number(element.getAttribute("x") ?? 0);
  const y = Number(element.getAttribute("y") ?? 0);
  return box(x - shift, y - ASCENT * size, width, height);
}

/** The width of a line: of its texts, each in its own size and weight. */
function lineWidth(line: Node): number {
  let width = 0;
  for (const node of line.childNodes) {
    if (node.nodeType === node.TEXT_NODE) {
      const parent = node.parentNode as Element;
      const weight = styleOf(parent, "font-weight") ?? "normal";
      const bold = weight === "bold" || Number(weight) >= 600;
      width += textWidth(node.textContent ?? "", fontSize(parent), { bold });
    } else width += lineWidth(node);
  }
  return width;
}

function fontSize(element: Element): number {
  return Number.parseFloat(styleOf(element, "font-size") ?? "") || 12;
}

/** A style or attribute of the element or the nearest one around it. */
function styleOf(element: Element | null, name: string): string | undefined {
  for (let at = element; at; at = at.parentElement) {
    const value = (at as SVGElement).style?.getPropertyValue(name) || at.getAttribute(name);
    if (value) return value;
  }
  return undefined;
}
