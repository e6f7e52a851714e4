import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { lines } from "./lines.ts";

Deno.test("lines() joins what comes in pieces and drops an unfinished end", async () => {
  const bytes = new TextEncoder().encode("ä\nbc\n\nd");
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      // Between the two bytes of "ä" as well.
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  assertEquals(await Array.fromAsync(lines(stream)), ["ä", "bc", ""]);
});
