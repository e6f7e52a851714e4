/**
 * Whole numbers, as they are written and as they come from files.
 *
 * @module
 */

/** A whole number in decimal digits; nothing for any other text or outside the range. */
export function parseWhole(text: string, minimum: number, maximum: number): number | undefined {
  // Neither -0 nor an exponent: a number has one way to be written.
  if (!/^(-(?!0*$))?\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= minimum && value <= maximum ? value : undefined;
}

/** What {@linkcode parseWhole} takes, in words. */
export function wholeText(minimum: number, maximum: number): string {
  if (minimum === maximum) return `${minimum}`;
  const from = minimum > -Number.MAX_SAFE_INTEGER ? ` from ${minimum}` : "";
  const to = maximum < Number.MAX_SAFE_INTEGER ? ` to ${maximum}` : "";
  return `a whole number${from}${to}`;
}
