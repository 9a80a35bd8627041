import type { RoomMap } from './roomDefinition.js'

/** Why there is no room of a name. */
export interface UnknownRoom {
  readonly code: 'unknown_room'
  readonly message: string
  /** The patterns that there are. */
  readonly hint: string
}

/** How many patterns the hint of `unknown_room` names. */
const MAX_HINTED_PATTERNS = 10

/** The refusal of a name that no pattern of the contract fits. */
export function unknownRoom(rooms: RoomMap): UnknownRoom {
  const patterns = Object.keys(rooms)
  const shown = patterns.slice(0, MAX_HINTED_PATTERNS).join(', ')
  const more = patterns.length > MAX_HINTED_PATTERNS ? ', …' : ''
  return {
    code: 'unknown_room',
    message: 'The contract has no room of this name',
    hint: `It has ${shown}${more}`,
  }
}
