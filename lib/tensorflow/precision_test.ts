import { match, rejects, strictEqual } from "node:assert/strict";
import { bfloat16Refusal, expectBfloat16 } from "./precision.ts";

const ZEN4 = ["avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16"];

Deno.test("bfloat16 can be had with instructions for it", () => {
  strictEqual(bfloat16Refusal({ features: ZEN4 }), undefined);
  strictEqual(bfloat16Refusal({ features: ["avx512f", "amx_bf16"], oneDnn: "1" }), undefined);
});

Deno.test("bfloat16 is refused where TensorFlow would imitate it or leave it out", () => {
  const others = {
    "none at all": [],
    "AVX2": ["avx2", "fma", "avx_vnni"],
    "AVX512 that imitates it": ["avx2", "fma", "avx512f", "avx512_vnni"],
    "arm64": ["neon", "sve"],
  };
  for (const features of Object.values(others)) {
    const reason = bfloat16Refusal({ features })!;
    match(reason, /a CPU with avx512_bf16 or amx_bf16, and this one has (neither|[\w ]+)$/);
    strictEqual(reason.endsWith(features.join(" ") || "neither"), true, reason);
  }
  const off = bfloat16Refusal({ features: ZEN4, oneDnn: "0" });
  strictEqual(off, "it needs oneDNN, which TF_ENABLE_ONEDNN_OPTS=0 turns off");
});

Deno.test("expectBfloat16() says in one line what was found and what to do", async () => {
  await rejects(expectBfloat16(["neon"]), {
    name: "UserError",
    message:
      "precision=bfloat16 cannot be had here (it needs a CPU with avx512_bf16 or amx_bf16, and " +
      "this one has neon): leave precision out, and training computes in float32",
  });
});
