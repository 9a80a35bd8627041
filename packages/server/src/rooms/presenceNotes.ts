import { randomUUID } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../shared/limits.js'
import { nextTurn } from '../shared/nextTurn.js'
import { timerMs } from '../shared/timerMs.js'
import { PRESENCES_PER_WRITE } from '../store/presenceStore.js'
import type { Presence, PresenceStore, StoredPresence } from '../store/presenceStore.js'
import { NodeLeases } from './nodeLeases.js'

/** What the notes of presence need. */
export interface PresenceNotesDeps {
  store: PresenceStore
  /** What to record of a member; `undefined` if they are not here. */
  stored(this: void, presence: Presence): StoredPresence | undefined
  /** All members on this node. */
  all(this: void): Iterable<Presence>
  /** Members on other nodes were removed. */
  onRemoved(this: void, rooms: ReadonlySet<string> | undefined): Promise<void>
  /** Members are about to be recorded, in a transaction that other writes of this turn share. */
  onWrite(this: void): void
  limits: Limits
  log: FastifyBaseLogger
}

/**
 * Records in the store who is in which room on this node: the changes of an interval together, and
 * under a lease of this node, by which other nodes know whether it is still there.
 */
export class PresenceNotes {
  /** The name of this node in the store. */
  readonly node = randomUUID()
  readonly #deps: PresenceNotesDeps
  readonly #leases: NodeLeases
  #due = new Map<string, Presence>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #isClosed = false
  /** How often the store may have lost what this node has recorded last. */
  #losses = 0
  /** After how many of these losses all was recorded anew. */
  #mendedLosses = 0
  /** When the lease was last renewed, by `performance.now()`. */
  #renewedAt = -Infinity

  constructor(deps: PresenceNotesDeps) {
    this.#deps = deps
    this.#leases = new NodeLeases(deps.limits.nodeTimeoutMs)
  }

  /** Records later whether a member is here, and what they show. */
  add(presence: Presence): void {
    this.#due.set(keyOf(presence), presence)
    this.#schedule()
  }

  /**
   * Renews the lease of this node while it has members, removes nodes that have not renewed theirs,
   * and writes what could not be written before. Others are removed also while nobody is here: who
   * comes next must not see the members of a process that has ended.
   */
  async beat(): Promise<void> {
    const [anybody] = this.#deps.all()
    if (anybody) await this.#renew()
    await this.#removeExpired()
    await this.write()
  }

  /** Catches up after this process stood still; other nodes may have revoked its lease. */
  async resume(): Promise<void> {
    this.#leases.clear()
    const [anybody] = this.#deps.all()
    if (anybody) await this.#renew()
    await this.write()
  }

  /** The store may have lost what was recorded last: who came, and who left. All is recorded anew. */
  readonly rewrite = (): void => {
    this.#losses++
    this.#schedule()
  }

  /** Writes now what is due. A failed write is repeated with the next heartbeat. */
  write(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  /**
   * Writes what is due, and leaves the members of this node to the others.
   *
   * @param keptMs how long they keep those who do not come to them
   */
  async close(keptMs: number): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    try {
      await this.#writing?.catch(() => undefined) // it is repeated
      await this.write()
      if (this.#renewedAt === -Infinity) return
      await this.#deps.store.closeNode(this.node, timerMs(keptMs))
    } catch (error) {
      this.#deps.log.warn(
        { err: error },
        'could not record that this process closes; others list its members for nodeTimeoutMs',
      )
    }
  }

  #schedule(): void {
    if (this.#isClosed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.write().catch((error: unknown) => {
        this.#deps.log.debug({ err: error }, 'could not record who is in rooms; it is tried again')
      })
    }, timerMs(this.#deps.limits.presenceIntervalMs)).unref()
  }

  async #write(): Promise<void> {
    const losses = this.#losses
    if (losses > this.#mendedLosses) await this.#addAll()
    const due = [...this.#due.values()]
    this.#due = new Map()
    let written = 0
    try {
      // A node without members does not renew its lease, and may have lost it.
      const isLate = performance.now() - this.#renewedAt > this.#deps.limits.nodeTimeoutMs / 2
      if (due.length > 0 && isLate) await this.#renew()
      if (due.length > 0) this.#deps.onWrite()
      for (; written < due.length; written += PRESENCES_PER_WRITE) {
        if (written > 0) await nextTurn()
        await this.#writeSome(due.slice(written, written + PRESENCES_PER_WRITE))
      }
      this.#mendedLosses = losses
      if (this.#due.size > 0) this.#schedule() // their timer may have fired during this write
    } catch (error) {
      // What has been added since is written as it is then.
      for (const one of due.slice(written)) this.#due.set(keyOf(one), one)
      throw error
    }
  }

  /**
   * Marks as due all that the store may have lost: who is here, and who has left but is listed. Others
   * see those who are here all the time, since the lease and the rows stay.
   */
  async #addAll(): Promise<void> {
    const { store, stored, all } = this.#deps
    const [anybody] = all()
    if (anybody) await this.#renew()
    for (const presence of all()) this.#due.set(keyOf(presence), presence)
    for (let after: Presence | undefined; ;) {
      const listed = await store.ofNode(this.node, after)
      for (const one of listed) if (!stored(one)) this.#due.set(keyOf(one), one)
      if (listed.length < PRESENCES_PER_WRITE) return
      after = listed.at(-1)
    }
  }

  async #writeSome(some: readonly Presence[]): Promise<void> {
    const { store, stored, onRemoved } = this.#deps
    const entered: StoredPresence[] = []
    const left: Presence[] = []
    for (const one of some) {
      const row = stored(one)
      if (row) entered.push(row)
      else left.push(one)
    }
    const takenOver = await store.place(this.node, { entered, left })
    if (takenOver.length > 0) await onRemoved(new Set(takenOver))
  }

  /** Renews this node's lease. If another node revoked it, records all members here again. */
  async #renew(): Promise<void> {
    const { store, all } = this.#deps
    const before = this.#renewedAt
    this.#renewedAt = performance.now()
    try {
      if (await store.renewLease(this.node)) return
      await store.takeLease(this.node)
      for (const presence of all()) this.add(presence)
    } catch (error) {
      this.#renewedAt = before
      throw error
    }
  }

  async #removeExpired(): Promise<void> {
    const { store, onRemoved } = this.#deps
    const others = (await store.leases()).filter(({ id }) => id !== this.node)
    const expired = this.#leases.expired(others)
    for (const lease of expired) {
      await store.revokeLease(lease)
      while (await store.removeMembers(lease.id));
      await store.removeNode(lease.id)
    }
    if (expired.length > 0) await onRemoved(undefined) // the store reports changes of other nodes alone
  }
}

function keyOf({ room, member }: Presence): string {
  return `${room}\0${member}` // neither contains NUL
}
