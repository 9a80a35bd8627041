import type { JsonOrNoneSchema, JsonSchema } from './jsonSchema.js'
import type { Schema } from './schema.js'

/** One kind of room: its messages, and what its members tell about themselves. */
export interface RoomDefinition {
  readonly message: Schema
  /** @default members tell nothing */
  readonly presence?: Schema
}

/** Rooms by the pattern of their names: `support:{caseId}`. */
export type RoomMap = Readonly<Record<string, RoomDefinition>>

/** Declares one kind of room, and keeps the types of its schemas. */
export function room<const Definition extends RoomDefinition>(
  definition: Definition & Checked<Definition>,
): Definition {
  return definition
}

type Checked<Definition extends RoomDefinition> = {
  readonly message: JsonSchema<Definition['message']>
} & (Definition extends { readonly presence: infer Presence extends Schema }
  ? { readonly presence: JsonOrNoneSchema<Presence> }
  : unknown)
