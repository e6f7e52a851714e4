/**
 * Ports on this machine, for servers that answer nobody else.
 *
 * @module
 */

import { UserError } from "./error.ts";

/** This machine alone. */
export const HOST = "127.0.0.1";

/** How many ports are tried. */
const PORTS = 50;

/**
 * A port that is free.
 *
 * @param asked The one that is asked for; else the first free one from `first`.
 * @throws {UserError} Where it is taken, or all are, or this user may not have it.
 */
export function choosePort(asked: number | undefined, first: number): number {
  if (asked !== undefined) {
    if (!isFree(asked)) throw new UserError(`Port ${asked} is taken: name another with --port`);
    return asked;
  }
  for (let port = first; port < first + PORTS; port++) if (isFree(port)) return port;
  throw new UserError(
    `Ports ${first} to ${first + PORTS - 1} are all taken: name another with --port`,
  );
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: HOST, port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new UserError(`Port ${port} may not be used: name one from 1024 with --port`);
    }
    throw error;
  }
}

/**
 * Waits until a server answers; false where it ends before, or takes too long.
 *
 * @param address Of the server.
 * @param ended When its process ends.
 * @param options `headers` of the request; `patience` in milliseconds.
 */
export async function answers(
  address: string,
  ended: Promise<unknown>,
  { headers = {}, patience }: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly patience: number;
  },
): Promise<boolean> {
  let over = false;
  ended.then(() => over = true);
  const end = performance.now() + patience;
  while (!over && performance.now() < end) {
    try {
      const response = await fetch(address, { headers });
      await response.body?.cancel();
      if (response.ok) return true;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
}
