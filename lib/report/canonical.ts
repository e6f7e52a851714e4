/**
 * The one way to write a JSON value: equal values are equal bytes, and a diff between two files
 * shows what differs and no more.
 *
 * @module
 */

/** The part of JSON Schema that decides the order of keys. */
export interface KeyOrder {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, KeyOrder>>;
  readonly items?: KeyOrder;
  readonly additionalProperties?: KeyOrder | boolean;
}

/** What {@linkcode canonicalJson} takes the order of keys from. */
export interface CanonicalOptions {
  /** The order of keys; without it they are sorted. */
  readonly schema?: KeyOrder;
  /** Finds what a `$ref` in the schema points to. */
  readonly resolve?: (ref: string) => KeyOrder;
}

/**
 * Writes a value as canonical JSON with a newline at the end.
 *
 * Keys come in the order of the schema's `properties`, keys that it does not name after them and
 * sorted. Numbers are as JavaScript prints them: the shortest digits that read back as the same
 * double. Indentation is two spaces, but a list of plain values, and an entry of a list that holds
 * only plain values (an epoch, a class), is a row of a table and takes one line.
 *
 * @param value Plain JSON data; keys whose value is undefined are left out.
 * @throws {TypeError} For NaN, an infinity or anything that is not JSON, with its place in the value.
 */
export function canonicalJson(value: unknown, options: CanonicalOptions = {}): string {
  return write(value, "", "", options.schema, options) + "\n";
}

function write(
  value: unknown,
  path: string,
  indent: string,
  schema: KeyOrder | undefined,
  options: CanonicalOptions,
): string {
  if (isPlain(value)) return plain(value, path);
  const order = schema?.$ref === undefined ? schema : options.resolve?.(schema.$ref);
  const inner = indent + "  ";
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const items = value.map((item, i) => {
      const place = `${path}/${i}`;
      return isRow(item)
        ? row(item, place, order?.items, options)
        : write(item, place, inner, order?.items, options);
    });
    if (value.every(isPlain)) return `[${items.join(", ")}]`;
    return `[\n${items.map((item) => inner + item).join(",\n")}\n${indent}]`;
  }
  const lines = orderedEntries(value, path, order, options).map(([key, v, s]) =>
    `${inner}${JSON.stringify(key)}: ${write(v, `${path}/${key}`, inner, s, options)}`
  );
  return lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n${indent}}`;
}

/** An object whose values are plain or lists of plain values. */
function isRow(value: unknown): boolean {
  return !isPlain(value) && !Array.isArray(value) &&
    Object.values(value as object).every((v) =>
      isPlain(v) || (Array.isArray(v) && v.every(isPlain))
    );
}

function row(
  value: unknown,
  path: string,
  schema: KeyOrder | undefined,
  options: CanonicalOptions,
): string {
  const parts = orderedEntries(value, path, schema, options).map(([key, v, s]) =>
    `${JSON.stringify(key)}: ${write(v, `${path}/${key}`, "", s, options)}`
  );
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}

function orderedEntries(
  value: unknown,
  path: string,
  schema: KeyOrder | undefined,
  options: CanonicalOptions,
): [key: string, value: unknown, schema: KeyOrder | undefined][] {
  if (typeof value !== "object" || value === null || !isDictionary(value)) {
    throw new TypeError(`Not JSON: ${String(value)} at ${path || "the top"}`);
  }
  const order = schema?.$ref === undefined ? schema : options.resolve?.(schema.$ref);
  const named = Object.keys(order?.properties ?? {});
  const others = Object.keys(value).filter((key) => !named.includes(key)).sort();
  const rest = order?.additionalProperties;
  return [...named, ...others]
    .filter((key) => Object.hasOwn(value, key) && value[key] !== undefined)
    .map((key) => [
      key,
      value[key],
      order?.properties?.[key] ?? (typeof rest === "object" ? rest : undefined),
    ]);
}

function isDictionary(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value !== "object";
}

function plain(value: unknown, path: string): string {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) {
      throw new TypeError(`${value} at ${path || "the top"} cannot be written as JSON`);
    }
    return JSON.stringify(value);
  }
  if (value === null || typeof value === "string" || typeof value === "boolean") {
    return JSON.stringify(value);
  }
  throw new TypeError(`Not JSON: ${typeof value} at ${path || "the top"}`);
}
