import { randomUUID } from 'node:crypto'
import { memberBytes } from '@yektayar/protocol/rules'
import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../shared/limits.js'
import { nextTurn } from '../shared/nextTurn.js'
import { timerMs } from '../shared/timerMs.js'
import type { RealtimeServer } from '../socketio/connection.js'
import { PRESENCES_PER_WRITE } from '../store/store.js'
import type { Presence, PresenceStore } from '../store/store.js'
import { NodeLeases } from './nodeLeases.js'
import { PresenceNews } from './presenceNews.js'

/** One member's presence in one room by connections to this node. */
interface Stay extends Presence {
  connections: number
  /** Runs while the last connection may still come back. */
  grace: NodeJS.Timeout | undefined
}

/** What presence needs. */
export interface PresenceDeps {
  io: RealtimeServer
  store: PresenceStore
  limits: Limits
  log: FastifyBaseLogger
}

/** A room that has members on this node. */
interface LocalRoom {
  readonly stays: Map<string, Stay>
  /** The members that were announced to the connections on this node. */
  readonly told: Set<string>
  /** The members on all nodes at the last read. */
  members: ReadonlySet<string>
}

/** The members of rooms. A member counts once, however many connections and nodes it uses. */
export class RoomPresences {
  readonly #deps: PresenceDeps
  readonly #node = randomUUID()
  readonly #locals = new Map<string, LocalRoom>()
  /** Members whose arrival or departure could not be recorded yet. */
  readonly #unnoted = new Set<Presence>()
  readonly #news: PresenceNews
  readonly #leases: NodeLeases
  /** The rooms of the next read, which serves all callers of the current turn. */
  readonly #wanted = new Set<string>()
  #nextLook: Promise<ReadonlyMap<string, ReadonlySet<string>>> | undefined
  /** When this node's lease was last renewed, by `performance.now()`. */
  #beatAt = -Infinity

  constructor(deps: PresenceDeps) {
    this.#deps = deps
    this.#news = new PresenceNews(deps.io, deps.log)
    this.#leases = new NodeLeases(deps.limits.nodeTimeoutMs)
  }

  /** Adds one connection of a member. */
  async enter(presence: Presence): Promise<void> {
    const { limits } = this.#deps
    const stay = this.#openStay(presence)
    stay.connections++
    clearTimeout(stay.grace)
    // A node without members does not renew its lease, and may have lost it.
    if (performance.now() - this.#beatAt > limits.nodeTimeoutMs / 2) await this.#renew()
    await this.#note(presence)
  }

  /** Removes one connection. After a lost connection, the member stays for a grace period. */
  leave(presence: Presence, isLost: boolean): void {
    const stay = this.#stayOf(presence)
    if (!stay || --stay.connections > 0) return
    if (!isLost) {
      this.#endSoon(stay)
      return
    }
    const { presenceGraceMs } = this.#deps.limits
    stay.grace = setTimeout(() => {
      this.#endSoon(stay)
    }, timerMs(presenceGraceMs))
    stay.grace.unref()
  }

  /** Ends the grace of somebody whose last connection was lost. */
  giveUp(presence: Presence): void {
    const stay = this.#stayOf(presence)
    if (!stay || stay.connections > 0) return
    clearTimeout(stay.grace)
    this.#endSoon(stay)
  }

  /**
   * Lists the members of a room, as many as fit into an answer. Also announces changes since the
   * last read to the members on this node.
   */
  async members(room: string): Promise<string[]> {
    const present = await this.#lookSoon(room)
    return listed(present.get(room) ?? [], this.#deps.limits)
  }

  /**
   * Reads what other nodes have changed, and announces it.
   *
   * @param rooms to read. @default all rooms with members on this node
   */
  async look(rooms?: ReadonlySet<string>): Promise<void> {
    const local = [...this.#locals.keys()]
    await this.#look(rooms ? local.filter((room) => rooms.has(room)) : local)
  }

  /**
   * Renews this node's lease while it has members, and removes other nodes that have not renewed theirs:
   * also while nobody is here, since who comes next must not see the members of a process that has ended.
   */
  async beat(): Promise<void> {
    if (this.#locals.size > 0) await this.#renew()
    await this.#removeExpired()
    const unnoted = [...this.#unnoted]
    this.#unnoted.clear()
    await Promise.allSettled(unnoted.map((presence) => this.#note(presence)))
  }

  /** Catches up after this process stood still; other nodes may have revoked its lease. */
  async resume(): Promise<void> {
    this.#leases.clear()
    if (this.#locals.size > 0) await this.#renew()
    await this.look()
  }

  /** Stops all timers. */
  close(): void {
    this.#news.close()
    for (const { stays } of this.#locals.values()) {
      for (const { grace } of stays.values()) clearTimeout(grace)
    }
  }

  /** Renews this node's lease. If another node revoked it, records all members here again. */
  async #renew(): Promise<void> {
    const { store } = this.#deps
    const before = this.#beatAt
    this.#beatAt = performance.now()
    try {
      if (await store.renewLease(this.#node)) return
      await store.takeLease(this.#node)
      await this.#insertAll()
    } catch (error) {
      this.#beatAt = before
      throw error
    }
  }

  async #removeExpired(): Promise<void> {
    const { store } = this.#deps
    const others = (await store.leases()).filter(({ id }) => id !== this.#node)
    for (const lease of this.#leases.expired(others)) {
      await store.revokeLease(lease)
      while (await store.removeMembers(lease.id));
      await store.removeNode(lease.id)
    }
  }

  async #insertAll(): Promise<void> {
    const stays = [...this.#locals.values()].flatMap((local) => [...local.stays.values()])
    for (let start = 0; start < stays.length; start += PRESENCES_PER_WRITE) {
      if (start > 0) await nextTurn()
      // Members that have left since must not be recorded again.
      const batch = stays.slice(start, start + PRESENCES_PER_WRITE)
      const present = batch.filter((stay) => this.#stayOf(stay) === stay)
      await this.#deps.store.enter(this.#node, present.map(placeOf)).catch((error: unknown) => {
        for (const stay of stays.slice(start)) this.#unnoted.add(stay)
        throw error
      })
    }
  }

  /** Reads in the next turn, together with all other rooms requested by then. */
  #lookSoon(room: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    this.#wanted.add(room)
    this.#nextLook ??= nextTurn().then(() => {
      const rooms = [...this.#wanted]
      this.#wanted.clear()
      this.#nextLook = undefined
      return this.#look(rooms)
    })
    return this.#nextLook
  }

  async #look(rooms: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const present = new Map(rooms.map((room) => [room, new Set<string>()]))
    for (const { room, member } of await this.#deps.store.members(rooms)) {
      present.get(room)?.add(member)
    }
    for (const [room, members] of present) {
      // Members on this node count, even if another node revoked its lease.
      for (const member of this.#locals.get(room)?.stays.keys() ?? []) members.add(member)
    }
    for (const [room, members] of present) this.#tell(room, members)
    return present
  }

  #tell(room: string, members: ReadonlySet<string>): void {
    const local = this.#locals.get(room)
    if (!local) return
    local.members = members
    this.#news.changed(room, local)
  }

  #endSoon(stay: Stay): void {
    this.#end(stay).catch((error: unknown) => {
      this.#deps.log.debug({ err: error }, 'could not record that a member left; it is tried again')
    })
  }

  async #end(stay: Stay): Promise<void> {
    const { room, member, connections } = stay
    if (this.#stayOf(stay) !== stay || connections > 0) return
    const stays = this.#locals.get(room)?.stays
    stays?.delete(member)
    await this.#note(stay)
    await this.#lookSoon(room)
    if (stays?.size === 0) this.#locals.delete(room)
  }

  /** Records whether a member is in a room; a failed write is retried with the next heartbeat. */
  async #note(presence: Presence): Promise<void> {
    const { store } = this.#deps
    try {
      // Writes take effect in the order of these calls, so the last one wins.
      if (this.#stayOf(presence)) await store.enter(this.#node, [placeOf(presence)])
      else await store.leave(this.#node, placeOf(presence))
    } catch (error) {
      this.#unnoted.add(presence)
      throw error
    }
  }

  #stayOf({ room, member }: Presence): Stay | undefined {
    return this.#locals.get(room)?.stays.get(member)
  }

  #openStay({ room, member }: Presence): Stay {
    const local = this.#locals.get(room) ?? {
      stays: new Map<string, Stay>(),
      told: new Set<string>(),
      members: new Set<string>(),
    }
    this.#locals.set(room, local)
    const stay = local.stays.get(member) ?? { room, member, connections: 0, grace: undefined }
    local.stays.set(member, stay)
    return stay
  }
}

/** The fields of a stay that are stored. */
function placeOf({ room, member }: Presence): Presence {
  return { room, member }
}

/** The first members that fit. */
function listed(members: Iterable<string>, limits: Limits): string[] {
  const fitting: string[] = []
  let bytes = 0
  for (const member of members) {
    bytes += Buffer.byteLength(JSON.stringify(member)) + 1
    if (fitting.length === limits.maxListedMembers || bytes > memberBytes(limits.maxPageBytes))
      break
    fitting.push(member)
  }
  return fitting
}
