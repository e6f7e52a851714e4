/**
 * Whether deno.lock is up to date with deno.json: what `--frozen` would say, but with the packages of
 * npm alone. Those of jsr are in the lock file of machines that reach jsr, and not in others', so that
 * `--frozen` itself would fail on one of the two. `.ci/run` runs this first, before anything could
 * bring the lock file up to date by itself.
 *
 * @module
 */

import { deepStrictEqual, match, ok } from "node:assert/strict";
import { join } from "node:path";

const read = async (name: string) =>
  JSON.parse(await Deno.readTextFile(join(import.meta.dirname!, "..", name)));

Deno.test("deno.lock is of this deno.json, with a checksum for every package of npm", async () => {
  const ofNpm = (all: readonly string[]) => all.filter((each) => each.startsWith("npm:")).sort();
  const imports = ofNpm(Object.values((await read("deno.json")).imports));
  const lock = await read("deno.lock");
  deepStrictEqual(
    ofNpm(lock.workspace.dependencies),
    imports,
    "deno.lock is out of date: run deno install and commit it",
  );
  for (const specifier of imports) {
    match(specifier, /@\d+\.\d+\.\d+$/, `${specifier} is not pinned to one version`);
    const version: string | undefined = Object.entries<string>(lock.specifiers)
      .find(([name]) => name === specifier)?.[1];
    ok(version, `deno.lock lacks ${specifier}`);
  }
  for (const [name, { integrity }] of Object.entries<{ integrity?: string }>(lock.npm)) {
    match(integrity ?? "", /^sha512-/, `${name} has no checksum`);
  }
});

Deno.test("No package's install script is asked for: all that have one are denied it", async () => {
  const { allow, deny } = (await read("deno.json")).allowScripts;
  deepStrictEqual(allow, []);
  const { npm } = await read("deno.lock");
  const names = Object.entries<{ scripts?: boolean }>(npm).filter(([, { scripts }]) => scripts)
    .map(([name]) => `npm:${name.slice(0, name.indexOf("@", 1))}`);
  deepStrictEqual(
    deny,
    names.sort(),
    "deno would show a box about them to everyone at the first command",
  );
});
