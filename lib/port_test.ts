import { match, strictEqual, throws } from "node:assert/strict";
import { UserError } from "./error.ts";
import { choosePort, HOST } from "./port.ts";

Deno.test("choosePort() passes over ports that are taken, and names the remedy where one is asked for", () => {
  using server = Deno.listen({ hostname: HOST, port: 0 });
  const { port } = server.addr as Deno.NetAddr;
  throws(() => choosePort(port, 1024), (error) => {
    strictEqual(error instanceof UserError, true);
    match(
      (error as Error).message,
      new RegExp(`^Port ${port} is taken: name another with --port$`),
    );
    return true;
  });
  const chosen = choosePort(undefined, port);
  strictEqual(chosen > port && chosen < port + 50, true);
});
