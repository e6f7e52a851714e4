/**
 * What the page of `deno task live` is made of: its own files, modules of this suite without their types,
 * TensorFlow.js as it comes, and the two networks. All is read once, at the start.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { createRequire, stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { isEqualised } from "../dataset/known.ts";
import { TFJS_WEIGHTS, tfjsArtifacts } from "../export/tfjs.ts";
import { readDetectorFiles } from "../face/detector_files.ts";
import { CHECKOUT } from "../paths.ts";
import { expectFaces, networkText } from "../run/find_network.ts";
import { readTrained } from "../run/trained.ts";
import type { About } from "./page/about.ts";
import type { Asset, Site } from "./server.ts";

/** Modules of this suite that the page runs, besides those in `lib/live/page`. */
const MODULES = [
  "lib/dataset/gray.ts",
  "lib/dataset/picture.ts",
  "lib/emotion.ts",
  "lib/face/blazeface.ts",
  "lib/face/cut.ts",
  "lib/face/detector.ts",
  "lib/face/find.ts",
  "lib/face/looks.ts",
  "lib/text.ts",
];
const PAGE_MODULES = [
  ...["classify", "draw", "follow", "page", "seek", "smooth", "source", "speed", "tf"],
];

/** TensorFlow.js's packages, each with the file that is one ES module. */
const PACKAGES: Readonly<Record<string, string>> = {
  "@tensorflow/tfjs-core": "tf-core.fesm.min.js",
  "@tensorflow/tfjs-layers": "tf-layers.fesm.min.js",
  "@tensorflow/tfjs-converter": "tf-converter.fesm.min.js",
  "@tensorflow/tfjs-backend-wasm": "tf-backend-wasm.fesm.min.js",
};
/** Of Node, which the wasm backend names and does not use in a browser. */
const NODE_MODULES = ["fs", "os", "path", "perf_hooks"];
const WASM = ["tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm"];

const SCRIPT = "text/javascript; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";
const BINARY = "application/octet-stream";

/**
 * Reads all that the page needs.
 *
 * @param place The network, as `findNetwork` has it.
 * @throws {UserError} Where the network cannot be read, or takes no gray images of 48x48.
 */
export async function makeSite(place: string): Promise<Site> {
  const assets = new Map<string, Asset>();
  const pageFolder = join(CHECKOUT, "lib", "live", "page");
  await addNetworks(assets, place);
  for (const path of [...MODULES, ...PAGE_MODULES.map((name) => `lib/live/page/${name}.ts`)]) {
    const text = await Deno.readTextFile(join(CHECKOUT, path));
    assets.set(`/${path}`, { type: SCRIPT, body: stripTypeScriptTypes(text) });
  }
  await addPackages(assets);
  assets.set("/style.css", {
    type: "text/css; charset=utf-8",
    body: await Deno.readTextFile(join(pageFolder, "style.css")),
  });
  assets.set("/icon.svg", {
    type: "image/svg+xml",
    body: await Deno.readTextFile(join(pageFolder, "icon.svg")),
  });
  const map = JSON.stringify({ imports: importMap() });
  const html = await Deno.readTextFile(join(pageFolder, "index.html"));
  assets.set("/", {
    type: "text/html; charset=utf-8",
    body: html.replace(
      "<!-- IMPORT_MAP -->",
      () => `<script type="importmap">${map}</script>`,
    ),
  });
  return { assets, inlineScript: createHash("sha256").update(map).digest("base64") };
}

function importMap(): Record<string, string> {
  return {
    ...Object.fromEntries(Object.keys(PACKAGES).map((name) => [name, `/${name}.js`])),
    ...Object.fromEntries(NODE_MODULES.map((name) => [name, "/empty.js"])),
    "/lib/tensorflow/tf.ts": "/lib/live/page/tf.ts",
  };
}

async function addPackages(assets: Map<string, Asset>): Promise<void> {
  const require = createRequire(import.meta.url);
  const folderOf = (name: string) => join(dirname(require.resolve(`${name}/package.json`)), "dist");
  for (const [name, file] of Object.entries(PACKAGES)) {
    const text = await Deno.readTextFile(join(folderOf(name), file));
    // Its source map is not served.
    const body = text.replace(/^\/\/# sourceMappingURL=.*$/m, "");
    assets.set(`/${name}.js`, { type: SCRIPT, body });
  }
  for (const file of WASM) {
    const body = await Deno.readFile(join(folderOf("@tensorflow/tfjs-backend-wasm"), file));
    assets.set(`/wasm/${file}`, { type: "application/wasm", body });
  }
  assets.set("/empty.js", { type: SCRIPT, body: "export default {};\n" });
}

async function addNetworks(assets: Map<string, Asset>, place: string): Promise<void> {
  const trained = await readTrained(place);
  const { record, data } = trained;
  expectFaces(place, data.sample);
  const { modelJson, weights, metadata } = await tfjsArtifacts(trained);
  const about: About = {
    network: networkText(record),
    classes: metadata.classes,
    sample: metadata.sample,
    input: metadata.input,
    views: metadata.views,
    equalised: isEqualised(record.dataset),
  };
  assets.set("/about.json", { type: JSON_TYPE, body: JSON.stringify(about) });
  assets.set("/network/model.json", { type: JSON_TYPE, body: modelJson });
  assets.set(`/network/${TFJS_WEIGHTS}`, { type: BINARY, body: weights });
  const detector = await readDetectorFiles();
  assets.set("/detector/blazeface.json", { type: JSON_TYPE, body: detector.json });
  assets.set("/detector/blazeface.bin", { type: BINARY, body: detector.weights });
}
