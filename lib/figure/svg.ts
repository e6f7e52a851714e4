/**
 * Figures as static SVG, without a browser: Plotly itself, run in jsdom.
 *
 * The same figure gives the same bytes on every machine: text is measured with published font
 * metrics, and Plotly's random element names are drawn from a sequence that starts anew for each
 * figure. Loading takes about a second and happens at the first call.
 *
 * @module
 */

import { createRequire } from "node:module";
import type { DOMWindow } from "jsdom";
import type { CustomPlugin } from "svgo";
import { sha256 } from "../digest.ts";
import { boxOf, placed } from "./_geometry.ts";
import type { Figure } from "./figure.ts";

/** What is used of Plotly. */
interface Plotly {
  toImage(
    figure: Figure,
    options: { format: "svg"; imageDataOnly: true; width: number; height: number },
  ): Promise<string>;
}

let renderer: Promise<(figure: Figure) => Promise<string>> | undefined;
/** One figure at a time: they share the window and its sequence of random numbers. */
let queue: Promise<unknown> = Promise.resolve();

/**
 * Renders a figure.
 *
 * @param figure What to draw; it is not changed.
 * @returns The SVG's text: one root element, no scripts, no outside references, ids that do not
 * clash with those of another figure on the same page.
 */
export function toSvg(figure: Figure): Promise<string> {
  const turn = queue.then(async () => {
    renderer ??= loadRenderer();
    const render = await renderer;
    return await render(figure);
  });
  queue = turn.catch(() => {});
  return turn;
}

async function loadRenderer(): Promise<(figure: Figure) => Promise<string>> {
  const [{ JSDOM, VirtualConsole }, { optimize }] = await Promise.all([
    import("jsdom"),
    import("svgo"),
  ]);
  const { window } = new JSDOM("<!DOCTYPE html>", {
    runScripts: "outside-only",
    virtualConsole: new VirtualConsole(),
  });
  standIn(window);
  const script = createRequire(import.meta.url).resolve("plotly.js-dist-min/plotly.min.js");
  window.eval(await Deno.readTextFile(script));
  const plotly = (window as unknown as { Plotly: Plotly }).Plotly;

  return async (figure) => {
    restartRandom(window);
    const { width, height } = figure.layout;
    // Plotly fills in defaults in place, so it gets a copy.
    const drawn = await plotly.toImage(structuredClone(figure), {
      format: "svg",
      imageDataOnly: true,
      width,
      height,
    });
    const prefix = "f" + sha256(drawn).slice(0, 8);
    const { data } = optimize(drawn, {
      floatPrecision: 2,
      plugins: [
        ONE_SHIFT,
        { name: "preset-default", params: { overrides: { cleanupIds: false } } },
        "convertStyleToAttrs",
        "removeUnknownsAndDefaults",
        { name: "removeAttrs", params: { attrs: ["class", "data-.*"] } },
        "cleanupIds",
        { name: "prefixIds", params: { prefix, delim: "-" } },
        "collapseGroups",
        "sortAttrs",
      ],
    });
    return data + "\n";
  };
}

/**
 * Leaves a text's lines their own vertical shift only. Plotly gives one to the text as well, which
 * browsers pass over, as SVG 2 has it, and librsvg (GNOME, pandoc, Wikipedia) adds to the first line:
 * the title then lies on the line below it.
 */
const ONE_SHIFT: CustomPlugin = {
  name: "oneShift",
  fn: () => ({
    element: {
      enter: (node) => {
        const lines = node.children.some((child) =>
          child.type === "element" && child.name === "tspan" && "dy" in child.attributes
        );
        if (node.name === "text" && lines) delete node.attributes.dy;
      },
    },
  }),
};

/** Gives Plotly's `Math.random`, which names elements, the same numbers for every figure. */
function restartRandom(window: DOMWindow): void {
  let state = 1;
  (window.eval("Math") as Math).random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator
    return state / 2 ** 32;
  };
}

/** Puts in the window what Plotly calls and jsdom, which has no layout, lacks. */
function standIn(window: DOMWindow): void {
  window.URL.createObjectURL = () => "";
  // The number of processors is the machine's own affair, and to ask for it needs a permission.
  Object.defineProperty(window.navigator, "hardwareConcurrency", { value: 1 });
  // Plotly then takes its way without a canvas; its own figures here need none.
  window.HTMLCanvasElement.prototype.getContext = () => null;
  const svg = window.SVGElement.prototype as unknown as Record<string, unknown>;
  svg.getBBox = function (this: Element) {
    return boxOf(this);
  };
  svg.getBoundingClientRect = function (this: Element) {
    return placed(boxOf(this), this);
  };
  svg.getComputedTextLength = function (this: Element) {
    return boxOf(this).width;
  };
}
