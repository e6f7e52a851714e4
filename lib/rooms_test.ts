import { deepStrictEqual, ok } from "node:assert/strict";
import { dirname, join, normalize } from "node:path";
import { CHECKOUT } from "./paths.ts";

/** The rooms (folders of lib), each above those it may import from. */
const ORDER = [
  ...[
    "std",
    "schema",
    "dataset",
    "augmentation",
    "tensorflow",
    "model",
    "face",
    "evaluation",
    "training",
  ],
  ...[
    "report",
    "figure",
    "run",
    "export",
    "tensorboard",
    "live",
    "sweep",
    "notebook",
    "fault",
    "command",
    "experiments",
  ],
];

/** Imports that lead up, each with its reason. */
const UPWARD: Readonly<Record<string, string>> = {
  "lib/experiment.ts lib/run/command.ts":
    "what runs an experiment is loaded when it is run, so that Ctrl-C is heard at once",
};

interface Import {
  readonly from: string;
  readonly to: string;
  /** Only for types: nothing is loaded. */
  readonly typesOnly: boolean;
}

const FILES = ["lib", "experiments"].flatMap((folder) => [...filesOf(folder)]);
const IMPORTS = FILES.flatMap((file) =>
  importsOf(file, Deno.readTextFileSync(join(CHECKOUT, file)))
);

/** Modules, without tests and their helpers. */
function* filesOf(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(join(CHECKOUT, folder))) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* filesOf(path);
    else if (name.endsWith(".ts") && !name.endsWith("_test.ts") && !name.startsWith("_")) {
      yield path;
    }
  }
}

function importsOf(from: string, text: string): Import[] {
  const code = text.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
  const statements = code.matchAll(
    /\b(?:import|export)\s+(type\s)?([^;"]*?)\s*(?:from\s*)?"([^"]+)"|\bimport\(\s*"([^"]+)"/g,
  );
  return [...statements].flatMap(([, type, names = "", path, dynamic]) => {
    const target = path ?? dynamic!;
    if (!target.startsWith(".")) return { from, to: target, typesOnly: type !== undefined };
    const listed = /^\{([^]*)\}$/.exec(names)?.[1]?.split(",").map((name) => name.trim()) ?? [];
    const typesOnly = type !== undefined ||
      listed.length > 0 && listed.every((name) => name === "" || name.startsWith("type "));
    return { from, to: normalize(join(dirname(from), target)), typesOnly };
  });
}

/** A file's room; a file that lies in none is a room of its own. */
function roomOf(file: string): string {
  const [top, room, ...below] = file.split("/");
  return top === "lib" ? below.length > 0 ? room! : file : top!;
}

const BETWEEN = IMPORTS.filter(({ from, to }) =>
  to.startsWith("lib/") && to.endsWith(".ts") && roomOf(from) !== roomOf(to) &&
  !(`${from} ${to}` in UPWARD)
);

/** A way of imports from a room back to itself, where there is one. */
function circle(imports: readonly Import[]): string[] {
  const below = Map.groupBy(imports, ({ from }) => roomOf(from));
  const done = new Set<string>();
  const visit = (room: string, path: readonly string[]): string[] => {
    if (path.includes(room)) return [...path.slice(path.indexOf(room)), room];
    if (done.has(room)) return [];
    for (const { to } of below.get(room) ?? []) {
      const found = visit(roomOf(to), [...path, room]);
      if (found.length > 0) return found;
    }
    done.add(room);
    return [];
  };
  return [...below.keys()].map((room) => visit(room, [])).find((found) => found.length > 0) ?? [];
}

Deno.test("Every room is in the order of rooms, and imports only from those below it", () => {
  ok(IMPORTS.length > 300, `only ${IMPORTS.length} imports were found`);
  const rooms = new Set(FILES.map(roomOf).filter((room) => !room.includes("/")));
  deepStrictEqual([...rooms].filter((room) => !ORDER.includes(room)), []);
  const upward = BETWEEN.filter(({ from, to }) => {
    const [importer, imported] = [ORDER.indexOf(roomOf(from)), ORDER.indexOf(roomOf(to))];
    return importer >= 0 && imported > importer;
  });
  deepStrictEqual(upward.map(({ from, to }) => `${from} imports ${to}`), []);
});

Deno.test("Rooms and the files beside them import each other in no circle", () => {
  deepStrictEqual(circle(BETWEEN), []);
});

Deno.test("A circle is found, and so is an import of types in any form", () => {
  const text =
    'import type { A } from "../b/x.ts";\nimport {\n  type B,\n  c,\n} from "./y.ts";\n' +
    '// import "./no.ts";\nexport * from "../c.ts"; await import("../d/z.ts");\nimport "./w.ts";';
  deepStrictEqual(importsOf("lib/a/f.ts", text), [
    { from: "lib/a/f.ts", to: "lib/b/x.ts", typesOnly: true },
    { from: "lib/a/f.ts", to: "lib/a/y.ts", typesOnly: false },
    { from: "lib/a/f.ts", to: "lib/c.ts", typesOnly: false },
    { from: "lib/a/f.ts", to: "lib/d/z.ts", typesOnly: false },
    { from: "lib/a/f.ts", to: "lib/a/w.ts", typesOnly: false },
  ]);
  const step = (from: string, to: string) => ({ from, to, typesOnly: false });
  deepStrictEqual(
    circle([
      step("lib/a/f.ts", "lib/c.ts"),
      step("lib/c.ts", "lib/b/g.ts"),
      step("lib/b/h.ts", "lib/a/i.ts"),
    ]),
    ["a", "lib/c.ts", "b", "a"],
  );
});

Deno.test("Evaluation, reports, figures and notebooks never load TensorFlow", () => {
  const loads = Map.groupBy(IMPORTS.filter(({ typesOnly }) => !typesOnly), ({ from }) => from);
  const rooms = ["evaluation", "report", "figure", "notebook"];
  const seen = new Map(
    FILES.filter((file) => rooms.includes(roomOf(file))).map((file) => [file, file]),
  );
  // A set grows while it is gone through: all that is reached is looked at.
  for (const [file, way] of seen) {
    for (const { to } of loads.get(file) ?? []) if (!seen.has(to)) seen.set(to, `${way} > ${to}`);
  }
  const wrong = [...seen].filter(([file]) =>
    /^@tensorflow\/tfjs-node$|^lib\/tensorflow\/tf\.ts$/.test(file)
  );
  deepStrictEqual(wrong.map(([, way]) => way), []);
  ok(IMPORTS.some(({ to }) => to === "lib/tensorflow/tf.ts"), "it is to be found where it is");
});

Deno.test("Only what makes the published schema loads TypeBox: all others take types alone", () => {
  const loaded = BETWEEN.filter(({ to, typesOnly }) => roomOf(to) === "schema" && !typesOnly);
  deepStrictEqual([...new Set(loaded.map(({ from }) => from))], ["lib/report/schema_bundle.ts"]);
  const typeBox = IMPORTS.filter(({ to }) => to === "typebox");
  deepStrictEqual([...new Set(typeBox.map(({ from }) => roomOf(from)))], ["schema"]);
  deepStrictEqual(IMPORTS.filter(({ to }) => to === "lib/report/schema_bundle.ts"), []);
});
