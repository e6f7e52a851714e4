/**
 * Lines out of a stream of bytes.
 *
 * @module
 */

/** The lines of a UTF-8 stream as they come, without their ends; an unfinished last one is dropped. */
export async function* lines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}
