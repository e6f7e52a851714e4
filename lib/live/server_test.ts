import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { BOXED_MODEL } from "../run/find_network.ts";
import type { FoundFace } from "../face/find.ts";
import { Follower, likeness } from "./page/follow.ts";
import { Smoother, TIME_CONSTANT } from "./page/smooth.ts";
import { frameRate, lastTimings } from "./page/speed.ts";
import { serveSite } from "./server.ts";
import { makeSite } from "./site.ts";

const SITE = await makeSite(BOXED_MODEL);

/** The first line of the answer to a request that is sent as it stands: no client puts it in order. */
async function ask(port: number, path: string, headers: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (part) => answer += part.toString("latin1"));
  socket.on("close", () => resolve(answer.split("\r\n")[0]!));
  socket.on("error", reject);
  socket.write([`GET ${path} HTTP/1.1`, ...headers, "Connection: close", "", ""].join("\r\n"));
  return await promise;
}

Deno.test("A page from elsewhere gets nothing from the server, and no path leads out of its table", async () => {
  await using server = serveSite(SITE);
  const { port } = server;
  const own = `Host: 127.0.0.1:${port}`;
  const status = async (path: string, ...headers: string[]) =>
    Number((await ask(port, path, headers)).split(" ")[1]);
  strictEqual(await status("/", own), 200);
  strictEqual(await status("/", `Host: localhost:${port}`), 200);
  strictEqual(await status("/", own, `Origin: http://127.0.0.1:${port}`), 200);
  for (const host of ["example.com", `example.com:${port}`, "127.0.0.1", `127.0.0.1:${port + 1}`]) {
    strictEqual(await status("/about.json", `Host: ${host}`), 403, host);
  }
  for (const origin of ["http://example.com", "null", `https://127.0.0.1:${port}`]) {
    strictEqual(await status("/about.json", own, `Origin: ${origin}`), 403, origin);
  }
  const ways = ["/../deno.json", "/lib/../deno.json", "/%2e%2e/deno.json", "/..%2fdeno.json"];
  for (const path of [...ways, "/deno.json", "/lib/live/server.ts", "//etc/passwd", "/wasm/"]) {
    strictEqual(await status(path, own), 404, path);
  }
  const posted = await fetch(server.address, { method: "POST", body: "x" });
  strictEqual(posted.status, 405);
  await posted.body?.cancel();
});

Deno.test("The page may run its own scripts alone, and takes nothing from elsewhere", async () => {
  await using server = serveSite(SITE);
  const response = await fetch(server.address);
  const html = await response.text();
  const policy = new Map(
    response.headers.get("content-security-policy")!.split("; ").map((directive) => {
      const [name, ...sources] = directive.split(" ");
      return [name, sources];
    }),
  );
  deepStrictEqual(policy.get("default-src"), ["'none'"]);
  deepStrictEqual(policy.get("connect-src"), ["'self'"]);
  const [, inline] = /<script type="importmap">(.*?)<\/script>/s.exec(html)!;
  const digest = createHash("sha256").update(inline!).digest("base64");
  deepStrictEqual(policy.get("script-src"), [
    "'self'",
    "'wasm-unsafe-eval'",
    `'sha256-${digest}'`,
  ]);
  policy.delete("script-src");
  const sources = new Set([...policy.values()].flat());
  deepStrictEqual([...sources].sort(), ["'none'", "'self'", "blob:"]);
  // Of every module what it imports is there.
  const imports: Record<string, string> = JSON.parse(inline!).imports;
  for (const [path, { type, body }] of SITE.assets) {
    if (!type.startsWith("text/javascript")) continue;
    for (const [, named] of String(body).matchAll(/\bfrom ?"([^"]+)"/g)) {
      const target = named!.startsWith(".") ? new URL(named!, `http://x${path}`).pathname : named!;
      ok(SITE.assets.has(imports[target] ?? target), `${path} imports ${named}`);
    }
  }
  match(html, /does not say how somebody feels/);
});

Deno.test("Smoother follows faces that move, and forgets those that are gone", () => {
  const smoother = new Smoother();
  const face = (x: number, ...probabilities: number[]) => ({
    square: { x, y: 0, side: 100 },
    probabilities,
  });
  const [a, b] = smoother.take([face(0, 1, 0), face(300, 0, 1)], 0);
  deepStrictEqual([a!.probabilities, b!.probabilities], [[1, 0], [0, 1]]);
  // Both have moved, the first has left the other behind it in order.
  const next = smoother.take([face(280, 1, 0), face(310, 0, 1)].slice(0, 1), TIME_CONSTANT);
  strictEqual(next[0]!.number, b!.number);
  const kept = Math.exp(-1);
  ok(Math.abs(next[0]!.probabilities[0]! - (1 - kept)) < 1e-12);
  ok(Math.abs(next[0]!.probabilities[1]! - kept) < 1e-12);
  const later = smoother.take([face(280, 0, 1)], 10);
  deepStrictEqual(later[0]!.probabilities, [0, 1]);
  ok(later[0]!.number > b!.number);
});

Deno.test("Follower looks for faces in every second frame, and wherever a face is no longer where it was", async () => {
  // What is to be seen at the places of the faces, and how many those are.
  const scenes = { face: [0, 50, 100, 200], gone: [7, 7, 7, 7], other: [200, 100, 50, 0] };
  let seen: keyof typeof scenes = "face";
  let count = 1;
  let looks = 0;
  const face = (): FoundFace => ({
    square: { x: 0, y: 0, side: 2 },
    score: 1,
    pixels: Uint8Array.from(scenes[seen]),
  });
  const follower = new Follower({
    find: () => Promise.resolve((looks++, Array.from({ length: count }, face))),
    cut: (_, faces) => faces.map(face),
  });
  const picture = { width: 2, height: 2, data: new Uint8Array(16) };
  const looksFor = async (...times: readonly number[]) => {
    const counts: number[] = [];
    for (const time of times) {
      const before = looks;
      strictEqual((await follower.take(picture, time)).length, count);
      counts.push(looks - before);
    }
    return counts;
  };
  deepStrictEqual(await looksFor(0, 0.03, 0.06, 0.09), [1, 0, 1, 0]);
  // Too long ago.
  deepStrictEqual(await looksFor(1, 1.15, 1.3), [1, 1, 1]);
  seen = "gone";
  deepStrictEqual(await looksFor(1.33), [1]);
  seen = "other";
  deepStrictEqual(await looksFor(1.36, 1.39), [1, 0]);
  count = 0;
  deepStrictEqual(await looksFor(1.42, 1.45, 1.48), [1, 1, 1]);
  strictEqual(likeness(Uint8Array.of(0, 10, 20), Uint8Array.of(5, 15, 25)), 1);
});

Deno.test("Frames a second are told of the last second, and of a frame that takes longer", () => {
  const at = (...times: readonly number[]) =>
    lastTimings(times.map((time) => ({ time, take: 0, find: 0, classify: 0, draw: 0 })));
  strictEqual(frameRate(at(5000)), undefined);
  strictEqual(frameRate(at(1000, 5000, 5500, 6000)), 2);
  strictEqual(frameRate(at(1000, 3000, 5500)), 0.4);
  deepStrictEqual(at(), []);
});
