import type { Authorize } from '../../src/index.js'
import { roomClient } from './roomClient.js'
import type { startServer } from './server.js'

/** A room that only allowed users may join. */
export const WARD = 'public:ward'

/** An app with a list of the users allowed in its rooms. */
export class ListApp {
  readonly allowed = new Set<string>()
  /** How long a lookup takes; `undefined` answers synchronously. */
  delayMs: number | undefined
  /** What each lookup waits for; `undefined` answers at once. */
  gate: Promise<void> | undefined

  readonly authorize: Authorize = ({ userId }, _action, room) => {
    const answer = room.name !== WARD || this.allowed.has(String(userId))
    if (this.gate) return this.gate.then(() => answer)
    if (this.delayMs === undefined) return answer
    return new Promise((resolve) => setTimeout(resolve, this.delayMs, answer))
  }
}

type Context = Awaited<ReturnType<typeof startServer>>

/** A signed-in user, and the events that they received besides messages. */
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

/** The event that a user receives when removed from the ward. */
export const OUT = { room: WARD, code: 'room_forbidden' }
