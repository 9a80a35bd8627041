import { YektaYarSocket } from '@yektayar/client'
import type { YektaYarSocketOptions } from '@yektayar/client'
import { idOf } from './payload.js'
import type { Position, Seen, Subscriber } from './history.js'

/** How often a watcher checks its connection with a ping. */
const PING_EVERY_MS = 1_000

/** A client that joins rooms and records what it sees there. */
export interface Watcher extends AsyncDisposable {
  readonly subscriber: Subscriber
  /** Whether it has reached these positions. */
  hasReached(heads: readonly Position[]): boolean
  /** Its current state, for reports. */
  report(): unknown
}

/** Creates a watcher, and waits until it has joined its rooms. */
export async function createWatcher(
  name: string,
  rooms: readonly string[],
  options: YektaYarSocketOptions,
): Promise<Watcher> {
  const client = new YektaYarSocket(options)
  const seen: Seen[] = []
  const handles = rooms.map((room) => {
    const handle = client.room(room as 'public:any')
    let hasJoined = false
    handle.on('continuity', () => {
      const { position } = handle
      if (hasJoined || !position) return
      hasJoined = true
      seen.push({ kind: 'joined', room, epoch: position.epoch, seq: position.seq })
    })
    handle.on('message', ({ epoch, seq, data }) => {
      seen.push({ kind: 'message', room, epoch, seq, id: idOf(data) })
    })
    handle.on('reset', ({ reason }) => {
      seen.push({ kind: 'reset', room, reason })
    })
    return handle
  })
  // On an idle connection, the heartbeat alone notices silence only after 45 s. A ping notices
  // sooner.
  const asking = setInterval(() => {
    if (client.status === 'connected') client.ping().catch(() => undefined)
  }, PING_EVERY_MS)
  void client.connect()
  await Promise.all(handles.map((handle) => handle.join({ timeoutMs: 20_000 })))
  return {
    subscriber: { name, seen },
    hasReached: (heads) =>
      heads.every(({ room, seq }) => {
        const handle = handles.find((candidate) => candidate.name === room)
        return (handle?.position?.seq ?? -1) >= seq
      }),
    report: () => ({
      name,
      ...client.getSnapshot(),
      rooms: handles.map(({ name, state, position, error }) => [name, state, position?.seq, error]),
    }),
    async [Symbol.asyncDispose]() {
      clearInterval(asking)
      await client.disconnect()
    },
  }
}
