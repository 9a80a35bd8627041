import { stringify } from 'node:querystring'
import type { Socket } from 'socket.io'
import type { Connection } from '../socketio/connection.js'
import { Slot } from '../socketio/slot.js'

/**
 * The token that a client presented at its handshake: `auth.token`, else `query.token`. Its type is
 * `unknown`, since a client can send anything. Falsy values count as no token.
 */
export function readHandshakeToken(
  handshake: Socket['handshake'],
  allowQueryToken: boolean,
): unknown {
  const token = fieldOfAuth(handshake, 'token')
  if (token) return token
  return allowQueryToken ? handshake.query.token : undefined
}

/** What a client has sent under a name in `auth`; `undefined` for nothing. */
export function fieldOfAuth(handshake: Socket['handshake'], name: string): unknown {
  const auth: unknown = handshake.auth
  if (typeof auth !== 'object' || auth === null || !Object.hasOwn(auth, name)) return undefined
  return (auth as Record<string, unknown>)[name]
}

/** Kept in closures: printing a connection does not print the variables of a function. */
const tokens = new Slot<() => unknown>()

/**
 * Removes the token from the handshake of an admitted connection, and the rooms that it joins. Logs
 * print handshakes, and cluster adapters of Socket.IO send them to other machines.
 */
export function hideToken(connection: Connection, allowQueryToken: boolean): void {
  const { handshake } = connection
  const token = readHandshakeToken(handshake, allowQueryToken)
  handshake.auth = without(handshake.auth, 'token', 'joins', 'puts')
  if ('token' in handshake.query) {
    handshake.query = without(handshake.query, 'token')
    handshake.url = handshake.url.replace(/\?.*/, `?${stringify(handshake.query)}`)
  }
  replaceToken(connection, token)
}

/** The token with which a connection was admitted, or the renewed one. */
export function tokenOf(connection: Connection): unknown {
  return tokens.get(connection)?.()
}

/** Puts a renewed token in place of the presented one. */
export function replaceToken(connection: Connection, token: unknown): void {
  tokens.set(connection, () => token)
}

function without<Fields>(fields: Fields, ...names: readonly string[]): Fields {
  if (typeof fields !== 'object' || fields === null) return fields
  const rest = Object.entries(fields).filter(([name]) => !names.includes(name))
  return Object.fromEntries(rest) as Fields // a client may leave out each field
}
