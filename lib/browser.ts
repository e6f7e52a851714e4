/**
 * The system's browser.
 *
 * @module
 */

/** Opens an address in the default browser: whether the system's opener took it. */
export async function openBrowser(address: string): Promise<boolean> {
  const opener = Deno.build.os === "darwin" ? "open" : "xdg-open";
  try {
    const child = new Deno.Command(opener, {
      args: [address],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    child.unref();
    // Some openers stay as long as the browser does: no answer in time is a good one.
    const slow = Promise.withResolvers<true>();
    const timer = setTimeout(() => slow.resolve(true), 1500);
    const took = await Promise.race([child.status.then((status) => status.success), slow.promise]);
    clearTimeout(timer);
    return took;
  } catch {
    return false;
  }
}
