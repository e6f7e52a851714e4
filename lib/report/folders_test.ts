import { match, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { COMMITTED_RESULTS, findResults } from "./folders.ts";

Deno.test("findResults() finds committed results by their short name, and says whose they are", async () => {
  const { error } = console;
  const said: string[] = [];
  console.error = (line: string) => void said.push(line);
  try {
    // Named whole, nothing needs to be said.
    const whole = join(COMMITTED_RESULTS, "synthetic-example", "baseline");
    strictEqual(await findResults(whole, "anything"), whole);
    strictEqual(said.length, 0);
    strictEqual(await findResults("/nowhere", "synthetic-example/baseline"), whole);
    match(said.join(), /^synthetic-example\/baseline: the committed results in \S*baseline$/);
    // A variant of it as well.
    const variant = await findResults("/nowhere#all", "synthetic-example/baseline#all");
    strictEqual(variant, `${whole}#all`);
    strictEqual(await findResults(`${whole}#all`, "anything#all"), `${whole}#all`);
    strictEqual(said.length, 2);
    // Somebody's own lie within the committed ones, and can be named so.
    const committed = await Deno.makeTempDir();
    const folder = join(committed, "own", "faces", "dropout");
    await Deno.mkdir(folder, { recursive: true });
    for (const typed of ["faces/dropout", "own/faces/dropout"]) {
      const roots = { own: join(committed, "own"), committed };
      strictEqual(await findResults("/nowhere", typed, roots), folder);
      match(said.at(-1)!, /^(own\/)?faces\/dropout: your own results in /);
    }
    // All of somebody's own, too.
    const roots = { own: join(committed, "own"), committed };
    strictEqual(await findResults("/nowhere", "own", roots), join(committed, "own"));
    match(said.at(-1)!, /^own: your own results in /);
    // Said once, however often a command that watches looks.
    const before = said.length;
    strictEqual(await findResults("/nowhere", "faces/dropout", roots), folder);
    strictEqual(said.length, before);
    await Deno.remove(committed, { recursive: true });
  } finally {
    console.error = error;
  }
});

Deno.test("findResults() says of what is not there what may have been meant", async () => {
  const refused = async (typed: string, message: string, missing?: string) =>
    await rejects(
      findResults(`/nowhere/${typed}`, typed, missing === undefined ? {} : { missing }),
      { name: "UserError", message },
    );
  await refused(
    "fer2013/dropuot",
    'fer2013/dropuot: No such file or folder: did you mean "fer2013/dropout"?',
  );
  await refused(
    "fer2013/dropuot#none",
    'fer2013/dropuot#none: Gone: did you mean "fer2013/dropout"?',
    "Gone",
  );
  await refused("nothing-like-it", "nothing-like-it: No such file or folder");
  await refused("nothing#none", "nothing#none: No such file or folder");
});
