import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { cellModule, checkCells } from "./_cells.ts";
import { formatNotebook, parseNotebook } from "./format.ts";

const NOTEBOOKS = join(import.meta.dirname!, "..", "..", "notebooks");

function notebook(...sources: string[]) {
  const cells = sources.map((source, i) => ({ cell_type: "code", id: `c${i}`, source }));
  return parseNotebook(JSON.stringify({ nbformat: 4, cells }), "a.ipynb");
}

Deno.test("cellModule() joins cells and makes relative imports absolute", () => {
  const { text, origin } = cellModule(
    notebook('import { a } from "../lib/a.ts";\na;', 'await import("./b.ts"); "./c.ts";'),
    "/lab/notebooks",
  );
  equal(
    text,
    'import { a } from "file:///lab/lib/a.ts";\na;\n' +
      'await import("file:///lab/notebooks/b.ts"); "./c.ts";\nexport {};\n',
  );
  deepEqual(origin, [{ cell: 1, line: 1 }, { cell: 1, line: 2 }, { cell: 2, line: 1 }]);
});

Deno.test("the cells of every notebook pass the type check", async () => {
  const files = [...Deno.readDirSync(NOTEBOOKS)].map(({ name }) => name)
    .filter((name) => name.endsWith(".ipynb"));
  equal(files.length >= 4, true);
  deepEqual(await checkCells(files.map((name) => join(NOTEBOOKS, name))), []);
});

Deno.test("checkCells() names the cell and the line of a type error", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "wrong_types.ipynb");
    const cells = notebook("const answer = 42;", "\nconst text: string = answer;");
    await Deno.writeTextFile(file, formatNotebook(cells));
    const [trouble, ...more] = await checkCells([file]);
    match(trouble!, /wrong_types\.ipynb, cell 2, line 2: Type 'number' is not assignable .*TS2322/);
    deepEqual(more, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
