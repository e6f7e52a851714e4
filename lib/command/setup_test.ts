import assert from "node:assert/strict";
import { UsageError } from "../error.ts";
import { main } from "./setup.ts";

Deno.test("setup refuses flags it does not know, and those that exclude each other", async () => {
  await assert.rejects(main(["--chek"]), UsageError);
  await assert.rejects(main(["--check", "--force"]), /contradict each other/);
});
