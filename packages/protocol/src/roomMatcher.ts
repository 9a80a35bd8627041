import { ContractError } from './contractError.js'
import type { RoomDefinition, RoomMap } from './roomDefinition.js'
import { isRoomName } from './roomName.js'
import { contains, overlap, parsePattern, readParams } from './roomPattern.js'
import type { RoomPatternParts } from './roomPattern.js'

/** What the name of a room says about it. */
export interface MatchedRoom {
  /** Of the contract: the most specific one that the name fits. */
  readonly pattern: string
  /** By name, and never empty; a param may contain `:`. */
  readonly params: Readonly<Record<string, string>>
  readonly definition: RoomDefinition
}

interface Kind extends RoomPatternParts {
  readonly definition: RoomDefinition
}

/**
 * Checks the patterns of a contract, and prepares them for looking names up.
 *
 * A name of several patterns belongs to the most specific one. If it fits that one only with an empty
 * param, it is the name of no room: it never moves to another pattern.
 *
 * @throws {ContractError} `invalid_contract` for an invalid pattern, and for two that share names
 * although neither is inside the other
 */
export function createRoomMatcher(rooms: RoomMap): (name: string) => MatchedRoom | undefined {
  const kinds = Object.entries(rooms).map(([pattern, definition]) => ({
    ...parsePattern(pattern),
    definition,
  }))
  for (const [index, kind] of kinds.entries()) {
    for (const other of kinds.slice(0, index)) refuseAmbiguity(other, kind)
  }
  // Inside of another pattern there are more texts or fewer params, and the head is as long at least.
  kinds.sort((a, b) => textLength(b) - textLength(a) || a.params.length - b.params.length)
  const byHead = new Map<string, Kind[]>()
  for (const kind of kinds) {
    const [head] = kind.texts
    byHead.set(head, [...(byHead.get(head) ?? []), kind])
  }
  const lengths = [...new Set(Array.from(byHead.keys(), (head) => head.length))]
  lengths.sort((a, b) => b - a)

  function find(name: string): Kind | undefined {
    for (const length of lengths) {
      if (length > name.length) continue
      const found = byHead
        .get(name.slice(0, length))
        ?.find((kind) => readParams(kind, name, 0) !== undefined)
      if (found) return found
    }
  }

  return (name) => {
    const kind = isRoomName(name) ? find(name) : undefined
    const params = kind && readParams(kind, name, 1)
    return params && { pattern: kind.pattern, params, definition: kind.definition }
  }
}

function refuseAmbiguity(one: Kind, other: Kind): void {
  if (!overlap(one, other)) return
  const both = `"${one.pattern}" and "${other.pattern}"`
  const isInside = contains(one, other)
  const isAround = contains(other, one)
  if (isInside && isAround) throw new ContractError(`${both} are patterns of the same rooms`)
  if (isInside || isAround) return
  throw new ContractError(
    `${both} share some rooms, but neither is inside the other: give them different beginnings`,
  )
}

function textLength({ texts }: RoomPatternParts): number {
  return texts.join('').length
}
