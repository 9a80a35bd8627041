import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Explain, JsonOfEachKind, UnchangedJson } from './jsonable.js'
import type { Schema } from './schema.js'

/**
 * `unknown` where what a schema takes and makes survives JSON unchanged, which the reader's side
 * depends on; else a sentence, so that the schema does not compile at its place.
 */
export type JsonSchema<Checked extends Schema> =
  IsUnchanged<StandardSchemaV1.InferOutput<Checked>> extends true
    ? unknown
    : Explain<'JSON does not carry what this schema makes: a date is z.iso.datetime(), a Map a list'>

type IsUnchanged<Output> = JsonOfEachKind extends Output
  ? true // any JSON, `unknown` or `any`
  : [Output] extends [UnchangedJson<Output>]
    ? true
    : false

/** As `JsonSchema`, where nothing is an answer, too. */
export type JsonOrNoneSchema<Checked extends Schema> =
  IsUnchanged<Exclude<StandardSchemaV1.InferOutput<Checked>, undefined>> extends true
    ? unknown
    : JsonSchema<Checked>

/** `JsonSchema` of each schema of a map. */
export type JsonSchemas<Schemas> = {
  readonly [Name in keyof Schemas]: Schemas[Name] extends Schema
    ? JsonSchema<Schemas[Name]>
    : unknown
}
