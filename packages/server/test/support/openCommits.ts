import type { RoomMessage } from '@yektayar/protocol'
import { pino } from 'pino'
import { createCommits } from '../../src/store/groupCommit.js'
import { openRoomStore } from '../../src/store/sqlite/roomQueries.js'
import { defaultLimits } from '../../src/shared/limits.js'
import type { Limits } from '../../src/shared/limits.js'
import { openDatabase } from '../../src/store/sqlite/openDatabase.js'

const noBounds = {
  requireSpace: () => undefined,
  takeBytes: () => undefined,
  takeRoom: () => undefined,
  mayKeepRoom: () => true,
}

/** Commits over a store in memory. */
export async function openCommits(
  limits: Partial<Limits> = {},
  onAppended: (messages: readonly RoomMessage[]) => void = () => undefined,
) {
  const database = await openDatabase('sqlite::memory:', 5_000)
  const store = await openRoomStore(database)
  const commits = createCommits({
    store,
    moment: () => ({ now: Date.now(), activeSince: 0 }),
    onAppended,
    limits: { ...defaultLimits, ...limits },
    bounds: noBounds,
    log: pino({ level: 'silent' }),
  })
  return { database, store, commits }
}
