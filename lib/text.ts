/**
 * Numbers and lists in words, and texts in lines, alike in messages and in reports.
 *
 * @module
 */

/** A whole number with thousands apart: `28,709`. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number of things: `1 seed`, `3 seeds`. */
export function plural(value: number, one: string, many: string = one + "s"): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** A text with its first letter in upper case. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A share as per cent without the sign: `62.08`. */
export function percent(share: number, digits = 2): string {
  return (100 * share).toFixed(digits);
}

/**
 * Breaks a text at spaces, but none before a per cent sign, and within a word only where the word alone
 * is too long: behind a hyphen or a slash where it has one, as `residual-crop` and paths do.
 *
 * @param width In characters; where there is none, as beside what is too wide itself, a character a line.
 */
export function wrap(text: string, width: number): string[] {
  const longest = Math.max(1, width);
  const lines: string[] = [];
  let current = "";
  for (let word of splitWords(text)) {
    if (current !== "" && current.length + 1 + word.length > longest) {
      lines.push(current);
      current = "";
    }
    while (word.length > longest) {
      const joint = Math.max(
        word.lastIndexOf("-", longest - 1),
        word.lastIndexOf("/", longest - 1),
      );
      // Not behind the first of two, nor before all of it, as in --all and /tmp.
      const end = joint > 1 ? joint + 1 : longest;
      lines.push(word.slice(0, end));
      word = word.slice(end);
    }
    current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, current];
}

/** The words of a text; a per cent sign belongs to its number. */
export function splitWords(text: string): string[] {
  return text.split(/ (?!%)/);
}

/** The parts of a word that {@linkcode wrap} leaves whole where the word is too long. */
export function splitWord(word: string): string[] {
  return word.match(/.{2,}?[-/]|.+/g) ?? [];
}

/** A word as a POSIX shell reads it back. */
export function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
