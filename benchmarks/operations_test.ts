import { strictEqual } from "node:assert/strict";
import { purposeOf } from "./operations.ts";

Deno.test("an operation of a step is there for what its type and its part say", () => {
  const of = (name: string, type = name.split("/").at(-1)!.replace(/_\d+$/, "")) =>
    purposeOf({ name, type });
  strictEqual(of("gradients/Conv2DBackpropFilter_7"), "Convolution, gradient by its kernel");
  strictEqual(
    of("gradients/Conv2DBackpropInput_7", "_MklNativeConv2DBackpropInput"),
    "Convolution, gradient by its input",
  );
  strictEqual(of("forward/conv_stem/Conv2D_7", "_FusedConv2D"), "Convolution, forwards");
  strictEqual(of("forward/multiply1_1/Mul_3"), "Squeeze-and-excitation, forwards");
  strictEqual(of("forward/dropout_dense/Mul_3"), "Dense layers, dropout and loss, forwards");
  strictEqual(of("forward/batch_norm1_1_1/Mul_3"), "Moving statistics of batch normalisation");
  // A cast bears the name of what it was put in for.
  strictEqual(
    of("forward/add1_1/Add_3-0-CastToFp32-0-AutoMixedPrecision", "Cast"),
    "Casts to bfloat16 and back",
  );
  strictEqual(of("gradients/AddV2_3"), "Sums of gradients");
  strictEqual(of("optimizer/AddV2_3"), "Optimizer");
  strictEqual(of("moving_average/ResourceApplyGradientDescent_3"), "Moving average of the weights");
  strictEqual(of("ReadVariableOp_3"), "Variables, inputs and outputs");
});
