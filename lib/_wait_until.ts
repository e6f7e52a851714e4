/**
 * Waiting in tests for what another process or page does in its own time.
 *
 * @module
 */

/**
 * Waits until something is so.
 *
 * @param what What it is, for the message.
 * @param options `seconds`: after which it fails; `every`: milliseconds between two looks.
 * @throws {Error} Where it is not so in time.
 */
export async function waitUntil(
  isSo: () => Promise<boolean>,
  what: string,
  { seconds, every = 20 }: { readonly seconds: number; readonly every?: number },
): Promise<void> {
  for (const end = performance.now() + 1000 * seconds; !await isSo();) {
    if (performance.now() > end) throw new Error(`Never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
