import type { Socket } from 'socket.io'

/**
 * The token that a client presented at its handshake: `auth.token`, else `query.token`. What it is
 * stays `unknown`, since a client can send anything; falsy values count as none.
 */
export function readHandshakeToken(
  handshake: Socket['handshake'],
  allowQueryToken: boolean,
): unknown {
  const auth: unknown = handshake.auth
  const token =
    typeof auth === 'object' && auth !== null && 'token' in auth ? auth.token : undefined
  if (token) return token
  return allowQueryToken ? handshake.query.token : undefined
}

/** Puts a renewed token where the presented one was, which is the only place that holds one. */
export function replaceHandshakeToken(handshake: Socket['handshake'], token: string): void {
  handshake.auth = { ...(handshake.auth as object | undefined), token }
}
