import { isCommandError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import { nextTurn } from '../shared/nextTurn.js'
import type { Store } from '../store/store.js'
import { reachStore } from './reachStore.js'

/** How long arrivals and disconnects are collected before they are written together. */
const DELAY_MS = 1_000

/** How many sessions one write marks as in use. */
const SESSIONS_PER_WRITE = 500

/** Records when sessions were last in use, each at most once in `activityResolutionMs`. */
export interface ActivityNotes {
  /** A client has come: recorded later, together with others. Returns the time of its activity. */
  arrived(this: void, id: string, lastActivityAt: number): number
  /**
   * A command has come: recorded together with those of other sessions in this turn. Returns the
   * recorded time once it is committed.
   *
   * @throws {CommandError} `store_unavailable`
   */
  used(this: void, id: string, lastActivityAt: number, now: number): MaybePromise<number>
  /** The last connection of a session has closed: recorded later, together with others. */
  left(this: void, id: string, lastActivityAt: number): void
  /** Writes what is still pending. */
  close(): Promise<void>
}

/** What the notes need. */
export interface ActivityNotesDeps {
  store: Pick<Store, 'now' | 'sessions'>
  limits: Pick<Limits, 'activityResolutionMs'>
  /** Could not write what nobody waits for. */
  onFailure(this: void, error: unknown): void
}

/** A write of the next turn, which several commands share. */
interface SharedWrite {
  readonly ids: Set<string>
  now: number
  readonly written: Promise<void>
}

/**
 * Creates the notes. When a network fails or a server starts again, thousands of clients come back
 * at once: an update for each, before it is admitted, would take longer than everything else.
 */
export function createActivityNotes(deps: ActivityNotesDeps): ActivityNotes {
  const { store, limits, onFailure } = deps
  let waiting = new Set<string>()
  /** When the newest of them was added: a process that stood still in between writes late. */
  let addedAt = 0
  let timer: NodeJS.Timeout | undefined
  let shared: SharedWrite | undefined
  let isClosed = false

  const touch = (ids: readonly string[], now: number): Promise<void> =>
    reachStore(() => store.sessions.touch(ids, now))

  async function writeWaiting(): Promise<void> {
    timer = undefined
    const ids = [...waiting]
    waiting = new Set()
    for (let start = 0; start < ids.length; start += SESSIONS_PER_WRITE) {
      await touch(ids.slice(start, start + SESSIONS_PER_WRITE), addedAt).catch(onFailure)
    }
  }

  async function writeShared(): Promise<void> {
    await nextTurn()
    const { ids, now } = shared ?? { ids: [], now: 0 }
    shared = undefined
    await touch([...ids], now)
  }

  function add(id: string, now: number): void {
    if (isClosed) return // the server is closing as well
    waiting.add(id)
    addedAt = now
    timer ??= setTimeout(() => void writeWaiting(), DELAY_MS)
  }

  const isRecent = (lastActivityAt: number, now: number): boolean =>
    now - lastActivityAt < limits.activityResolutionMs

  return {
    arrived(id, lastActivityAt) {
      const now = store.now()
      if (isRecent(lastActivityAt, now)) return lastActivityAt
      add(id, now)
      return now
    },
    used(id, lastActivityAt, now) {
      if (isRecent(lastActivityAt, now)) return lastActivityAt
      shared ??= { ids: new Set(), now, written: writeShared() }
      shared.ids.add(id)
      shared.now = Math.max(shared.now, now)
      return shared.written.then(
        () => now,
        (error: unknown) => {
          if (isCommandError(error) && error.code === 'rate_limited') return lastActivityAt // written next time
          throw error
        },
      )
    },
    left(id, lastActivityAt) {
      const now = store.now()
      if (!isRecent(lastActivityAt, now)) add(id, now)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await writeWaiting()
    },
  }
}
