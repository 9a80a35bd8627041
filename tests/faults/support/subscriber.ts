import { YektaYarSocket } from '@yektayar/client'
import type { YektaYarSocketOptions } from '@yektayar/client'
import { idOf } from './payload.js'
import type { Position, Seen, Subscriber } from './history.js'

/** A client that is in rooms, and notes what it sees there. */
export interface Watcher extends AsyncDisposable {
  readonly subscriber: Subscriber
  /** Whether it has come so far in each room. */
  hasReached(heads: readonly Position[]): boolean
}

/** Creates a watcher, and lets it join. */
export async function createWatcher(
  name: string,
  rooms: readonly string[],
  options: YektaYarSocketOptions,
): Promise<Watcher> {
  const client = new YektaYarSocket(options)
  const seen: Seen[] = []
  const handles = rooms.map((room) => {
    const handle = client.room(room)
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
  void client.connect()
  await Promise.all(handles.map((handle) => handle.join({ timeoutMs: 20_000 })))
  return {
    subscriber: { name, seen },
    hasReached: (heads) =>
      heads.every(({ room, seq }) => {
        const handle = handles.find((candidate) => candidate.name === room)
        return (handle?.position?.seq ?? -1) >= seq
      }),
    [Symbol.asyncDispose]: () => client.disconnect(),
  }
}
