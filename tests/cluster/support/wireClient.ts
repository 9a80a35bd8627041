import { SESSION_ACQUIRE_PATH } from '@yektayar/protocol'
import type { AcquiredSession } from '@yektayar/protocol'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'

interface Node {
  readonly url: string
}

/** A new session's token. */
export async function acquire({ url }: Node): Promise<string> {
  const response = await fetch(url + SESSION_ACQUIRE_PATH, { method: 'POST' })
  return ((await response.json()) as AcquiredSession).token // checked by the tests of the route
}

/** Connects a plain Socket.IO client; resolves with the server's welcome. */
export async function connect({ url }: Node, token: string): Promise<Socket> {
  const socket = io(url, { auth: { token }, transports: ['websocket'], forceNew: true })
  await new Promise((resolve) => socket.once('connected', resolve))
  return socket
}

/** Requests a route as a session. */
export function request(
  { url }: Node,
  method: string,
  path: string,
  token: string,
): Promise<Response> {
  return fetch(url + path, { method, headers: { authorization: `Bearer ${token}` } })
}
