import { doesNotThrow, throws } from "node:assert/strict";
import { checkSize, ImageError } from "./picture.ts";

Deno.test("checkSize() takes what cameras make, and refuses what only a bomb claims", () => {
  doesNotThrow(() => checkSize(9504, 6336));
  doesNotThrow(() => checkSize(8192, 6144));
  const most = /Claims 8001x8000 pixels, and at most 64,000,000 are read: make it smaller$/;
  throws(
    () => checkSize(8001, 8000),
    (error) => error instanceof ImageError && most.test(error.message),
  );
  throws(() => checkSize(0, 48), /Claims 0x48 pixels: copy it again$/);
});
