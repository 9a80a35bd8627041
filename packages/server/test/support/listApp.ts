import type { Authorize } from '../../src/index.js'
import { roomClient } from './roomClient.js'
import type { startServer } from './server.js'

/** A room for those whom the app lets in. */
export const WARD = 'ward'

/** An app that keeps a list of who may be in its rooms. */
export class ListApp {
  readonly allowed = new Set<string>()
  /** How long it takes to look that up; at once where it is undefined. */
  delayMs: number | undefined

  readonly authorize: Authorize = ({ userId }, _action, room) => {
    const answer = room.startsWith('public:') || this.allowed.has(String(userId))
    if (this.delayMs === undefined) return answer
    return new Promise((resolve) => setTimeout(resolve, this.delayMs, answer))
  }
}

type Context = Awaited<ReturnType<typeof startServer>>

/** Somebody who is signed in, and what they were told beside messages. */
export async function signedIn(context: Context, userId: string) {
  const { sessions } = context.server
  const { token } = await context.acquire()
  const session = await sessions.findByToken(token)
  const changed = await sessions.signIn(session?.id ?? '', userId)
  const client = await roomClient(context, changed.token)
  const left: unknown[] = []
  const heads: unknown[] = []
  client.socket.on('room:left', (expelled) => left.push(expelled))
  client.socket.on('room:head', (head) => heads.push(...head.heads))
  return {
    ...client,
    sessionId: changed.id,
    left,
    heads,
    heard: () => client.seen.map(({ data }) => data),
  }
}

/** What somebody is told who is not in it any more. */
export const OUT = { room: WARD, code: 'room_forbidden' }
