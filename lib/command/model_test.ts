import { rejects } from "node:assert/strict";
import { BOXED_MODEL } from "../run/find_network.ts";
import { main } from "./model.ts";

Deno.test("model says what to do with a model file in place of a run", () =>
  rejects(main([BOXED_MODEL]), {
    name: "UserError",
    message:
      /fer2013\.safetensors: Is a model file already: copy it, with the card .* run's folder/,
  }));
