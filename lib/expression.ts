/**
 * Values written as calls, such as `flip|rotate(10)|zoom(0.1)` or `plateau(0.5, 3)`: settings that
 * print, compare and hash as the text they are.
 *
 * @module
 */

import { didYouMean } from "./nearest.ts";

/** One call: a name and its numbers. */
export interface Call {
  readonly name: string;
  readonly args: readonly number[];
}

/** What a name accepts: its parameters in order, those with a default may be left out. */
export interface Signature {
  readonly name: string;
  readonly parameters: readonly Parameter[];
}

/** A number a call takes, with its range. */
export interface Parameter {
  readonly name: string;
  readonly default?: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly whole?: boolean;
}

/**
 * Parses calls joined by `|`; `none` and the empty text are no calls.
 *
 * @param text For example `flip|rotate(10)`.
 * @param signatures Which names there are and what they take.
 * @returns The calls, with defaults filled in.
 * @throws {SyntaxError} For an unknown name, a wrong count, or a number out of its range.
 */
export function parseCalls(text: string, signatures: readonly Signature[]): Call[] {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === "none") return [];
  return trimmed.split("|").map((part) => parseCall(part, signatures));
}

/** Parses one call; see {@linkcode parseCalls}. */
export function parseCall(text: string, signatures: readonly Signature[]): Call {
  const match = /^\s*([a-z][a-z-]*)\s*(?:\(([^()]*)\))?\s*$/.exec(text);
  const known = signatures.map((s) => s.name);
  if (!match) {
    throw new SyntaxError(`Not a call: "${text}" (expected for example ${known.join(", ")})`);
  }
  const name = match[1]!;
  const signature = signatures.find((s) => s.name === name);
  if (!signature) throw new SyntaxError(`Unknown name "${name}": ${didYouMean(name, known)}`);
  const given = match[2] === undefined || match[2].trim() === "" ? [] : match[2].split(",");
  if (given.length > signature.parameters.length) {
    throw new SyntaxError(
      `${name} takes at most ${signature.parameters.length} numbers, not ${given.length}`,
    );
  }
  const args = signature.parameters.map((parameter, i) => {
    const written = given[i]?.trim();
    if (written === undefined) {
      if (parameter.default === undefined) {
        throw new SyntaxError(`${name} needs a number for "${parameter.name}"`);
      }
      return parameter.default;
    }
    const value = Number(written);
    const fits = written !== "" && value >= parameter.minimum && value <= parameter.maximum &&
      (!parameter.whole || Number.isInteger(value));
    if (!fits) {
      const kind = parameter.whole ? "a whole number" : "a number";
      throw new SyntaxError(
        `${name}: "${parameter.name}" must be ${kind} from ${parameter.minimum} to ${parameter.maximum}, not "${written}"`,
      );
    }
    return value;
  });
  return { name, args };
}

/** Writes calls the one canonical way, defaults included: `flip|rotate(10)`; no calls are `none`. */
export function formatCalls(calls: readonly Call[]): string {
  if (calls.length === 0) return "none";
  return calls.map(formatCall).join("|");
}

/** Writes one call: `plateau(0.5, 3)`; see {@linkcode formatCalls}. */
export function formatCall({ name, args }: Call): string {
  return args.length === 0 ? name : `${name}(${args.join(", ")})`;
}

/** How a name is called: `cosine(warmupEpochs=0)`, what has a default with it. */
export function signatureText({ name, parameters }: Signature): string {
  if (parameters.length === 0) return name;
  const texts = parameters.map((parameter) =>
    parameter.default === undefined ? parameter.name : `${parameter.name}=${parameter.default}`
  );
  return `${name}(${texts.join(", ")})`;
}
