import type { ChangedSession } from '@yektayar/protocol'
import type { CreateServerOptions } from '../../src/index.js'
import { connected, startServer } from './server.js'
import type { PlainClient } from './server.js'

const users: Record<string, string> = { sara: 'correct horse', omid: 'battery staple' }
const options: CreateServerOptions = {
  authenticate: ({ username = '', password }) =>
    users[username] !== undefined && users[username] === password ? `user-${username}` : null,
  limits: { signInsPerAddressPerMinute: 1_000, signInsPerAccountPerMinute: 1_000 },
}

/** The body of any session route. Each test reads only the fields that it needs. */
type AnyBody = ChangedSession

/** A server with sign-in, and shortcuts for the session routes. */
export async function startLife(more: CreateServerOptions = {}) {
  const context = await startServer({
    ...options,
    ...more,
    limits: { ...options.limits, ...more.limits },
  })
  /** Calls a session route with a token. */
  const call = async (method: string, path: string, token: string, body?: unknown) => {
    const response = await fetch(`${context.url}/api/session${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as AnyBody,
    }
  }
  return Object.assign(context, {
    call,
    signIn: (token: string, username = 'sara', socketId?: string) =>
      call('POST', '/sign-in', token, { username, password: users[username], socketId }),
    connect: (token: string) => connected(context.client({ auth: { token } })),
  })
}

/** Resolves with the payload of the next event with this name. */
export function next(
  client: PlainClient,
  name: 'session:ended' | 'session:changed' | 'disconnect',
) {
  return new Promise((resolve) => client.once(name as 'session:ended', resolve))
}
