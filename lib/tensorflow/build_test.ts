import { deepStrictEqual, match, strictEqual, throws } from "node:assert/strict";
import { currentBuild, refuseOther } from "./build.ts";
import { expectedBuild } from "./expected_build.ts";
import * as tf from "./tf.ts";

Deno.test("What is expected before TensorFlow is loaded is what is loaded", () => {
  const build = currentBuild("eager");
  const { tensorflow, tfjs, execution } = build;
  deepStrictEqual({ tensorflow, tfjs, execution }, expectedBuild("eager"));
  const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
  strictEqual(tensorflow, binding.TF_Version);
  strictEqual(tfjs, tf.version_core);
  match(build.platform, /^\w+-\w+$/);
});

Deno.test("A build that runs are not known by is refused", () => {
  refuseOther("TensorFlow", "2.21.0", "2.21.0");
  throws(() => refuseOther("TensorFlow", "2.9.1", "2.21.0"), {
    name: "UserError",
    message: "TensorFlow 2.9.1 was loaded, but results are made with 2.21.0: run deno task setup " +
      "--force",
  });
});
