import { deepEqual, equal, throws } from "node:assert/strict";
import { formatNotebook, outputTroubles, parseNotebook } from "./format.ts";

const SHOWN = {
  output_type: "display_data",
  data: { "text/plain": "b", "image/svg+xml": "a" },
  metadata: { width: 3 },
};

function code(source: string, outputs: object[] = []) {
  return { cell_type: "code", id: "x", execution_count: 7, metadata: { time: 1 }, source, outputs };
}

function notebook(...cells: object[]) {
  return parseNotebook(
    JSON.stringify({ nbformat: 4, cells, metadata: { version: "1" } }),
    "a.ipynb",
  );
}

Deno.test("formatNotebook() leaves out what differs from run to run", () => {
  const once = formatNotebook(notebook(code("1;\n2;", [SHOWN])));
  const again = formatNotebook(notebook({
    ...code("1;\n2;", [{ ...SHOWN, data: { "image/svg+xml": "a", "text/plain": "b" } }]),
    execution_count: 8,
    source: ["1;\n", "2;"],
  }));
  equal(once, again);
  equal(once.includes("time"), false);
});

Deno.test("formatNotebook() gives back its own file", () => {
  const text = formatNotebook(notebook(code("1;", [SHOWN]), {
    cell_type: "markdown",
    id: "y",
    source: "# Title\n",
  }));
  equal(formatNotebook(parseNotebook(text, "a.ipynb")), text);
});

Deno.test("parseNotebook() refuses what is no notebook, and names the file", () => {
  throws(() => parseNotebook("{", "a.ipynb"), /^UserError: a\.ipynb: Not JSON/);
  throws(() => parseNotebook('{"nbformat": 3}', "a.ipynb"), /^UserError: a\.ipynb: Not a notebook/);
  throws(() => parseNotebook("null", "a.ipynb"), /^UserError: a\.ipynb: Not a notebook/);
  const odd = [
    null,
    { ...code("1;"), source: 1 },
    { ...code("1;"), id: 1 },
    { ...code("1;"), cell_type: "odd" },
    code("1;", [{ output_type: "display_data", data: null }]),
  ];
  for (const cell of odd) {
    throws(() => notebook(cell as object), /^UserError: a\.ipynb: Not a notebook/);
  }
});

Deno.test("outputTroubles() finds errors, values, prints and paths, and lets what is shown be", () => {
  const troubles = outputTroubles(
    notebook(
      code("", [SHOWN]),
      code("", [{ output_type: "error", ename: "TypeError", evalue: "no" }]),
      code("", [{ output_type: "execute_result", data: {} }]),
      code("", [{ output_type: "stream", name: "stderr" }]),
      code("", [{
        output_type: "display_data",
        data: { "text/plain": "in /home/me/lab/reports" },
      }]),
    ),
    { file: "a.ipynb", folders: ["/home/me/lab"] },
  );
  deepEqual(
    troubles.map((trouble) => trouble.slice(0, 44)),
    [
      "a.ipynb, cell 2: TypeError: no",
      "a.ipynb, cell 3: Ends in a value: show it wit",
      "a.ipynb, cell 4: Prints to stderr: show it wi",
      "a.ipynb, cell 5: Shows a path of this machine",
    ].map((line) => line.slice(0, 44)),
  );
});
