import type { StatusReport } from '@yektayar/protocol'
import type { Connection } from '../connection/connection.js'
import type { Authorship } from '../session/authorship.js'
import type { Session } from '../session/session.js'
import type { SentCommand } from './pendingCall.js'

/** Asks for the status after a connect: round trip, server time, and who is signed in. */
export async function syncWithServer(
  { state }: Connection,
  session: Session,
  authorship: Authorship,
  askStatus: () => SentCommand,
): Promise<void> {
  const { socketId } = state.snapshot
  const { userId } = session
  try {
    const status = askStatus()
    const { server, connection } = (await status.answer) as StatusReport // the server validated it
    if (state.snapshot.socketId !== socketId) return
    state.write({ roundTripMs: status.roundTripMs })
    const own = connection.rooms.find((name) => name.startsWith('session:')) ?? ''
    authorship.add(own)
    session.synchronize(server.timestamp)
    if (session.userId !== userId) return // it is outdated
    session.identify(connection.userId, own.slice('session:'.length))
  } catch {
    // The next connection asks again.
  }
}
