/**
 * Pieces of GitHub-flavoured Markdown.
 *
 * @module
 */

/** Text that may hold anything, so that Markdown shows it as it is. */
export function escape(text: string): string {
  return text.replace(
    /[\\`*_<>|]|\](?=\()/g,
    (c) => c === "<" ? "&lt;" : c === ">" ? "&gt;" : `\\${c}`,
  )
    .replaceAll("\n", " ");
}

/** Text as code. */
export function code(text: string): string {
  return `\`${text.replaceAll("`", "'").replaceAll("\n", " ")}\``;
}

/** A relative path as the target of a link. */
export function target(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** What opens on a click; GitHub renders Markdown inside only after an empty line. */
export function details(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body.trimEnd()}\n\n</details>`;
}
