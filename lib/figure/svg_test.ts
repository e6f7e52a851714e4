import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { JSDOM } from "jsdom";
import { boxOf, placed } from "./_geometry.ts";
import { SAMPLE_FIGURES } from "./_samples.ts";
import { display, mimeBundle } from "./display.ts";
import { toSvg } from "./svg.ts";

const svgs: Record<string, string> = {};

for (const [name, make] of Object.entries(SAMPLE_FIGURES)) {
  Deno.test(`The SVG of "${name}" is whole, small and has all its text in view`, async () => {
    const figure = make();
    const before = JSON.stringify(figure);
    const svg = svgs[name] = await toSvg(figure);
    equal(JSON.stringify(figure), before);
    const text = svg.replace(/base64,[^"]*/g, "");
    ok(!/NaN|undefined|Infinity|<script|https?:(?!\/\/www\.w3\.org\/)/.test(text));
    ok(svg.length < 60_000, `${svg.length} bytes`);

    const { document } = new JSDOM(svg, { contentType: "image/svg+xml" }).window;
    const { width, height } = figure.layout;
    equal(document.documentElement.getAttribute("viewBox"), `0 0 ${width} ${height}`);
    const texts = [...document.querySelectorAll("text")];
    // librsvg adds both shifts, browsers take the inner one.
    equal(document.querySelectorAll("text[dy] tspan[dy], tspan[dy] tspan[dy]").length, 0);
    ok(texts.length > 3);
    for (const element of texts) {
      const { left, right, top, bottom } = placed(boxOf(element), element);
      const inside = left >= 0 && top >= 0 && right <= width && bottom <= height;
      ok(inside, `"${element.textContent}" is at ${[left, top, right, bottom]}`);
    }
  });
}

Deno.test("The SVG is the same to the byte in another process and another order", async () => {
  const names = ["face grid", "learning curves of several variants", "forest plot"];
  const script = `
    import { SAMPLE_FIGURES } from "${import.meta.resolve("./_samples.ts")}";
    import { display, mimeBundle } from "./display.ts";
import { toSvg } from "${import.meta.resolve("./svg.ts")}";
    const names = ${JSON.stringify(names.toReversed())};
    // All at once: they must not disturb each other.
    const svgs = await Promise.all(names.map((name) => toSvg(SAMPLE_FIGURES[name]())));
    console.log(JSON.stringify(Object.fromEntries(names.map((name, i) => [name, svgs[i]]))));
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--ext=ts", "-"],
    cwd: import.meta.dirname!,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { stdout } = await child.output();
  const others = JSON.parse(new TextDecoder().decode(stdout));
  for (const name of names) {
    equal(others[name], svgs[name] ?? await toSvg(SAMPLE_FIGURES[name]!()));
  }
});

Deno.test("toSvg() gives two figures ids that do not clash on one page", async () => {
  const ids = async (name: string) =>
    [...(await toSvg(SAMPLE_FIGURES[name]!())).matchAll(/ id="([^"]*)"/g)].map((found) =>
      found[1]!
    );
  const first = await ids("forest plot");
  const second = await ids("comparison of accuracies");
  ok(first.length > 0 && second.length > 0);
  ok(first.every((id) => !second.includes(id)));
});

const figure = SAMPLE_FIGURES["confusion matrix"]!();

Deno.test("mimeBundle() has a figure for every kind of front end", async () => {
  const bundle = await mimeBundle(figure);
  deepEqual(bundle["application/vnd.plotly.v1+json"], figure);
  match(bundle["image/svg+xml"], /^<svg /);
  match(bundle["text/plain"], /^\[Figure: Confusion matrix: .* · Synthetic faces\]$/);
});

Deno.test("display() shows the bundle in a notebook and refuses elsewhere", async () => {
  await rejects(display(figure), /notebook/);
  const shown: unknown[] = [];
  await display(figure, {
    jupyter: {
      display: (...given) => {
        shown.push(given);
        return Promise.resolve();
      },
    },
  });
  deepEqual(shown, [[await mimeBundle(figure), { raw: true }]]);
});
