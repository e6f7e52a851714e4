import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { decideSource, loadStd, rememberedSource } from "./source.ts";

Deno.test("rememberedSource() is npm until jsr was written down", async () => {
  const file = join(await Deno.makeTempDir(), "std-source");
  strictEqual(rememberedSource(file), "npm");
  await Deno.writeTextFile(file, "anything else");
  strictEqual(rememberedSource(file), "npm");
  await Deno.writeTextFile(file, "jsr\n");
  strictEqual(rememberedSource(file), "jsr");
});

Deno.test("loadStd() asks jsr only where it was decided on", async () => {
  const jsr = () => Promise.resolve("from jsr");
  const npm = () => Promise.resolve("from npm");
  deepStrictEqual(await loadStd(jsr, npm, "npm"), { source: "npm", module: "from npm" });
  deepStrictEqual(await loadStd(jsr, npm, "jsr"), { source: "jsr", module: "from jsr" });
});

Deno.test("loadStd() stands in for a jsr that fails", async () => {
  const gone = () => Promise.reject(new TypeError("Not reachable"));
  const npm = () => Promise.resolve("from npm");
  deepStrictEqual(await loadStd(gone, npm, "jsr"), { source: "npm", module: "from npm" });
});

Deno.test("decideSource() gives up on a silent jsr in time and does not ask again", async () => {
  // Takes connections and never answers, as behind a firewall that drops packets.
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const held: Deno.Conn[] = [];
  const holding = (async () => {
    for await (const connection of silent) held.push(connection);
  })();
  const file = join(await Deno.makeTempDir(), "cache", "std-source");
  const registry = `http://127.0.0.1:${silent.addr.port}/`;

  strictEqual(await decideSource({ file, registry, timeout: 50 }), "npm");
  strictEqual(await Deno.readTextFile(file), "npm\n");
  const asked = held.length;
  ok(asked > 0);
  strictEqual(await decideSource({ file, registry, timeout: 50 }), "npm");
  strictEqual(held.length, asked);

  silent.close();
  await holding;
  for (const connection of held) connection.close();
});
