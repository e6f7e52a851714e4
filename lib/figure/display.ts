/**
 * Figures in a notebook of the Deno kernel.
 *
 * @module
 */

import type { Figure } from "./figure.ts";
import { toSvg } from "./svg.ts";

/** The part of `Deno.jupyter` used here; it exists only in a notebook's kernel. */
export interface Jupyter {
  display(bundle: Record<string, unknown>, options: { raw: true }): Promise<void>;
}

/** What a notebook's cell shows of a figure: for each kind of front end what it can draw. */
export interface MimeBundle {
  readonly "application/vnd.plotly.v1+json": Figure;
  readonly "image/svg+xml": string;
  readonly "text/plain": string;
}

/**
 * The figure for every kind of front end: interactive, static, text.
 *
 * @param figure What to show.
 */
export async function mimeBundle(figure: Figure): Promise<MimeBundle> {
  return {
    "application/vnd.plotly.v1+json": figure,
    "image/svg+xml": await toSvg(figure),
    "text/plain": `[Figure: ${plainTitle(figure)}]`,
  };
}

/**
 * Shows a figure under a notebook's cell: interactive where the front end has Plotly, else as SVG.
 *
 * @param figure What to show.
 * @param options `jupyter`: the kernel's interface where it is not `Deno.jupyter`.
 * @throws {Error} Outside of a notebook.
 */
export async function display(
  figure: Figure,
  options: { readonly jupyter?: Jupyter } = {},
): Promise<void> {
  const jupyter = options.jupyter ?? notebook();
  if (!jupyter) {
    throw new Error("display() works in a notebook only; use show() or toSvg() elsewhere");
  }
  await jupyter.display({ ...await mimeBundle(figure) }, { raw: true });
}

/** The kernel's interface; outside of a notebook, asking for it throws. */
function notebook(): Jupyter | undefined {
  try {
    return (Deno as unknown as { jupyter?: Jupyter }).jupyter;
  } catch {
    return undefined;
  }
}

/** A figure's title and note as plain text. */
export function plainTitle(figure: Figure): string {
  const { title } = figure.layout;
  const text = typeof title === "string" ? title : title?.text ?? "untitled";
  return text
    .replaceAll("<br>", " · ")
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
