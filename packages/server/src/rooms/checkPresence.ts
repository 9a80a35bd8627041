import type { Json } from '@yektayar/protocol'
import { presenceTooLarge } from '@yektayar/protocol/rules'
import { commandErrorOf } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import type { RoomCatalog } from './roomCatalog.js'

/**
 * Checks what a member wants to show in a room. Returns what to show; `undefined` for nothing.
 *
 * @throws {CommandError} `unknown_room`; `invalid_input`, with the path in its issues
 */
export type CheckPresence = (
  room: string,
  value: Json | undefined,
) => MaybePromise<Json | undefined>

/** Checks the size of a presence, and then its shape by the contract. */
export function createPresenceCheck(
  catalog: RoomCatalog,
  { maxPresenceBytes }: Limits,
): CheckPresence {
  return (room, value) => {
    if (value !== undefined && Buffer.byteLength(JSON.stringify(value)) > maxPresenceBytes) {
      const { data, ...refusal } = presenceTooLarge(maxPresenceBytes)
      throw commandErrorOf(refusal, { data })
    }
    return catalog.parsePresence(room, value)
  }
}
