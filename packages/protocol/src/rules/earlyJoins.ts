import { MAX_EARLY_JOINS } from '../constants.js'

/**
 * The joins that a server takes from `auth.joins` of a handshake: at most the first 32, each of them
 * anything, since the command `room:join` parses it. `undefined` for what is no list, as for none.
 */
export function earlyJoinsOf(joins: unknown): readonly unknown[] | undefined {
  if (!Array.isArray(joins) || joins.length === 0) return undefined
  return joins.slice(0, MAX_EARLY_JOINS) as unknown[]
}
