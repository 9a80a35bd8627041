import type { MaybePromise } from '../../shared/maybePromise.js'
import type { Append, Place, SessionUser } from '../delivery.js'
import type { NodeEvent } from '../emittedEvent.js'
import type { JoinedRoom, RightsChange } from '../store.js'
import type { Batch } from './batch.js'
import { insertUsedRooms, selectNames } from './roomQueries.js'

/** Writes of rooms and their logs, by name. */
export const roomWrites = {
  /** @throws {CommandError} `token_invalid`, `store_full`, `rate_limited` */
  append(
    batch: Batch,
    { append, session }: { append: Append; session: SessionUser | undefined },
  ): MaybePromise<Place> {
    if (session) batch.requireSession(session)
    batch.requireSpace()
    return batch.rooms.append(append, session?.id)
  },

  /** @throws {CommandError} `token_invalid`, `store_full` */
  admit(batch: Batch, session: SessionUser): void {
    batch.requireSession(session)
    batch.requireSpace()
  },

  tellRights({ news }: Batch, change: RightsChange): void {
    news.right(change)
  },

  tellEvent({ news }: Batch, event: NodeEvent): void {
    news.event(event)
  },

  async noteUsedRooms(
    { transaction, news, moment: { now }, deps: { bounds } }: Batch,
    joined: readonly JoinedRoom[],
  ): Promise<void> {
    const names = joined.map(({ room }) => room)
    const known = new Set(await selectNames(transaction, names))
    const kept = joined.filter(
      ({ room, sessionId }) => known.has(room) || bounds.mayKeepRoom(sessionId),
    )
    if (kept.length === 0) return
    news.other()
    await insertUsedRooms(
      transaction,
      kept.map(({ room }) => room),
      now,
    )
  },
}
