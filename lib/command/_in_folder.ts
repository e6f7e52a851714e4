import { testWith } from "../_skip.ts";

/**
 * A test with a folder of its own, which is gone afterwards.
 *
 * @param options `missing`: as {@linkcode testWith} has it.
 */
export function testInFolder(
  name: string,
  body: (folder: string) => Promise<void>,
  { missing }: { readonly missing?: string | undefined } = {},
): void {
  testWith(missing, name, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await body(folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
