import type { Json } from '@yektayar/protocol'
import { presenceTooLarge } from '@yektayar/protocol/rules'
import { commandErrorOf } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import type { MaybePromise } from '../shared/maybePromise.js'

/**
 * Checks what a member wants to show in a room. Returns what to show.
 *
 * @throws {CommandError} `invalid_input`, with the path in its issues
 */
export type CheckPresence = (room: string, value: Json) => MaybePromise<Json>

/** Takes any JSON of a bounded size. */
export function createPresenceCheck({ maxPresenceBytes }: Limits): CheckPresence {
  return (_room, value) => {
    if (Buffer.byteLength(JSON.stringify(value)) <= maxPresenceBytes) return value
    const { data, ...refusal } = presenceTooLarge(maxPresenceBytes)
    throw commandErrorOf(refusal, { data })
  }
}
