/**
 * How the schemas of files are written: as TypeBox values, each of which is both a JSON Schema and,
 * through {@linkcode Read}, a type. Only what makes the published schema loads these modules; whoever
 * needs the types imports them as types, and nothing is loaded.
 *
 * @module
 */

import {
  type Static,
  type TLiteral,
  type TObject,
  type TObjectOptions,
  type TProperties,
  type TSchema,
  type TSchemaOptions,
  type TUnsafe,
  Type,
} from "typebox";

/** The dialect of all schemas. */
export const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** What a schema describes, not to be assigned to. */
export type Read<Schema extends TSchema> = Frozen<Static<Schema>>;

type Frozen<Value> = { readonly [Key in keyof Value]: Frozen<Value[Key]> };

/** An object that has these keys, in this order, and no others. */
export function object<Properties extends TProperties>(
  properties: Properties,
  options: TObjectOptions = {},
): TObject<Properties> {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

/** The same schema for each of some keys. */
export function each<const Key extends string, Schema extends TSchema>(
  keys: readonly Key[],
  schema: Schema,
): Record<Key, Schema> {
  return Object.fromEntries(keys.map((key) => [key, schema])) as Record<Key, Schema>;
}

/** One of these values. */
export function oneOf<const Value extends string | boolean | null>(
  ...values: readonly Value[]
): TUnsafe<Value> {
  return Type.Unsafe({ enum: values });
}

/** A value or null: said in its type, so that an error speaks of the value. */
export function orNull<Schema extends TSchema & { readonly type: string }>(
  schema: Schema,
  options: TSchemaOptions = {},
): TUnsafe<Static<Schema> | null> {
  return Type.Unsafe({ ...schema, type: [schema.type, "null"], ...options });
}

/** Any number of keys, each with such a value. */
export function dictionary<Schema extends TSchema>(
  value: Schema,
  options: TSchemaOptions = {},
): TUnsafe<Record<string, Static<Schema>>> {
  return Type.Unsafe({ type: "object", additionalProperties: value, ...options });
}

/** The `$id` of the schema of that name. */
export function idOf(name: string): string {
  return `urn:fer-lab:schema:${name}:1`;
}

/**
 * Parts of the schema with that `$id`: each names one, which comes into `$defs`, and gives the
 * reference to it. `part` is for objects.
 */
export function definitions($id: string) {
  const $defs: Record<string, TSchema> = {};
  const define = <Schema extends TSchema>(name: string, schema: Schema) => {
    $defs[name] = schema;
    return reference<Static<Schema>>(`${$id}#/$defs/${name}`);
  };
  const part = <Properties extends TProperties>(
    name: string,
    description: string,
    properties: Properties,
  ) => define(name, object(properties, { description }));
  return { $defs: $defs as Readonly<Record<string, TSchema>>, define, part };
}

/** What another schema or part describes. */
export function reference<Value>($ref: string): TUnsafe<Value> {
  return Type.Unsafe({ $ref });
}

/** A schema that says what stands here. */
export function described<Schema extends TSchema>(schema: Schema, description: string): Schema {
  return { ...schema, description };
}

/**
 * The schema of a whole file, which tells its kind and the version of its format.
 *
 * @param name `run-record` of the kind `fer-lab/run-record`.
 * @param description Which file, and what it holds.
 * @param properties Its keys besides `kind` and `version`.
 * @param $defs Its parts.
 */
export function file<Name extends string, Properties extends TProperties>(
  name: Name,
  description: string,
  properties: Properties,
  $defs: Readonly<Record<string, TSchema>> = {},
): TObject<{ kind: TLiteral<`fer-lab/${Name}`>; version: TLiteral<1> } & Properties> {
  return object(
    { kind: Type.Literal(`fer-lab/${name}`), version: Type.Literal(1), ...properties },
    {
      $schema: DIALECT,
      $id: idOf(name),
      title: `FER Lab ${name.replaceAll("-", " ")}, version 1`,
      description,
      ...Object.keys($defs).length === 0 ? {} : { $defs },
    },
  );
}
