import type { Json, RoomPresence } from '@yektayar/protocol'
import { memberBytes } from '@yektayar/protocol/rules'
import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../shared/limits.js'
import { nextTurn } from '../shared/nextTurn.js'
import { timerMs } from '../shared/timerMs.js'
import type { Connection, RealtimeServer } from '../socketio/connection.js'
import type { Presence, PresenceStore, StoredPresence } from '../store/presenceStore.js'
import { tellPresence } from './broadcastMessage.js'
import type { LocalRoom, Stay } from './localRoom.js'
import { PresenceNews } from './presenceNews.js'
import { PresenceNotes } from './presenceNotes.js'
import { readShown, RoomMembers } from './roomMembers.js'
import type { MemberList, RoomMembersBounds, Shown } from './roomMembers.js'

/** What presence needs. */
export interface PresenceDeps {
  io: RealtimeServer
  store: PresenceStore
  /** The time by which the store decides. */
  now(this: void): number
  /** Whether this process stood still and has not read the store again; it must not send then. */
  isStale(this: void): boolean
  /** Whether this process is about to close: its clients come back to another one. */
  isDraining(this: void): boolean
  /** Members are about to be recorded, in a transaction that other writes of this turn share. */
  onWrite(this: void): void
  limits: Limits
  log: FastifyBaseLogger
}

/**
 * The members of rooms, in memory. A member counts once, however many connections and nodes it uses.
 * The store has them for other processes, and is read when a room is opened here, and when another
 * process has written.
 */
export class RoomPresences {
  /** The store may have lost what was recorded last. */
  readonly rewrite: () => void
  readonly #deps: PresenceDeps
  readonly #bounds: RoomMembersBounds
  readonly #locals = new Map<string, LocalRoom>()
  readonly #news: PresenceNews
  readonly #notes: PresenceNotes
  /** The rooms of the next read, which serves all callers of the current turn. */
  readonly #wanted = new Set<string>()
  #nextLook: Promise<void> | undefined
  #looks = 0
  /** The version of the newest list, of any room. */
  #version = 0

  constructor(deps: PresenceDeps) {
    const { io, store, isStale, onWrite, limits, log } = deps
    this.#deps = deps
    this.#bounds = {
      maxNamed: limits.maxNamedMembers,
      namedAgain: Math.min(limits.namedAgainMembers, limits.maxNamedMembers),
      maxBytes: memberBytes(limits.maxPageBytes),
    }
    this.#news = new PresenceNews({
      intervalMs: limits.presenceIntervalMs,
      isStale,
      next: (room) => this.#next(room),
      tell: (change) => {
        tellPresence(io, change, (connection) => this.wholeFor(connection, change.room))
      },
      log,
    })
    this.#notes = new PresenceNotes({
      store,
      stored: (presence) => this.#stored(presence),
      all: () => this.#all(),
      onRemoved: (rooms) => this.look(rooms),
      onWrite,
      limits,
      log,
    })
    this.rewrite = this.#notes.rewrite
  }

  /** Adds one connection of a member. */
  enter(presence: Presence): void {
    const { room, member } = presence
    const local = this.#open(room)
    const stay = local.stays.get(member) ?? { connections: 0, grace: undefined }
    stay.connections++
    clearTimeout(stay.grace)
    if (local.stays.has(member)) return
    local.stays.set(member, stay)
    local.members.enter(member)
    this.#changed(presence)
  }

  /** Removes one connection. After a lost connection, the member stays for a grace period. */
  leave(presence: Presence, isLost: boolean): void {
    const stay = this.#stayOf(presence)
    if (!stay || --stay.connections > 0) return
    if (!isLost) this.#end(presence)
    else if (!this.#deps.isDraining()) {
      const { presenceGraceMs } = this.#deps.limits
      stay.grace = setTimeout(() => {
        this.giveUp(presence)
      }, timerMs(presenceGraceMs))
      stay.grace.unref()
    }
  }

  /** Ends the grace of somebody whose last connection was lost. */
  giveUp(presence: Presence): void {
    const stay = this.#stayOf(presence)
    if (!stay || stay.connections > 0) return
    clearTimeout(stay.grace)
    this.#end(presence)
  }

  /** A member who is here shows something to the others. */
  show(presence: Presence, value: Json): void {
    const { at = 0 } = this.shownOf(presence) ?? {}
    const json = JSON.stringify(value)
    this.#show(presence, { value, json, at: Math.max(this.#deps.now(), at + 1) })
  }

  /** What a member shows; `undefined` for nothing. */
  shownOf({ room, member }: Presence): Shown | undefined {
    return this.#locals.get(room)?.members.shownOf(member)
  }

  /** A connection goes on as another member, who comes as the one before leaves. */
  rename(room: string, before: string, member: string): void {
    this.enterShowing({ room, member }, this.shownOf({ room, member: before }))
    this.leave({ room, member: before }, false)
    this.spoke(room, member) // a crowd would not tell its client of the new name
  }

  /** Adds one connection of a member, who goes on with what they have shown under another name. */
  enterShowing(presence: Presence, shown: Shown | undefined): void {
    this.enter(presence)
    if (shown) this.#show(presence, shown)
  }

  /** A member speaks or types. */
  spoke(room: string, member: string): void {
    const local = this.#locals.get(room)
    if (!local) return
    local.members.spoke(member)
    if (local.members.hasMore) this.#news.changed(room)
  }

  /** The list of members that a connection gets when it joins. */
  async list({ room, member }: Presence): Promise<MemberList> {
    await this.#read(room)
    const list = this.#locals.get(room)?.members.list(member)
    return list ?? { members: [], memberCount: 0, membersVersion: this.#version }
  }

  /** The ids of all who are in a room, on all nodes. */
  async everybodyIn(room: string): Promise<string[]> {
    const local = await this.#read(room)
    if (local) return [...local.members.ids()]
    const others = await this.#deps.store.others([room], this.#notes.node)
    return [...new Set(others.map(({ member }) => member))]
  }

  /** The whole list for a connection that has missed changes; `undefined` if it is not in the room. */
  wholeFor({ data }: Connection, room: string): RoomPresence | undefined {
    const member = data.rooms?.get(room)
    const local = this.#locals.get(room)
    if (member === undefined || !local) return undefined
    const { members: present, ...list } = local.members.list(member)
    return { room, ...list, present, gone: [], isWhole: true }
  }

  /**
   * Reads what other nodes have changed.
   *
   * @param rooms to read. @default all rooms with members on this node
   */
  async look(rooms?: ReadonlySet<string>): Promise<void> {
    const local = [...this.#locals.keys()]
    await this.#look(rooms ? local.filter((room) => rooms.has(room)) : local)
  }

  /** Shows the other nodes that this one is there, and removes those that are not. */
  readonly beat = (): Promise<void> => this.#notes.beat()

  /** Catches up after this process stood still. */
  async resume(): Promise<void> {
    await this.#notes.resume()
    await this.look()
  }

  /** Stops all timers, and leaves the members to the processes to which they come in the window. */
  async close(windowMs: number): Promise<void> {
    this.#news.close()
    for (const { stays } of this.#locals.values()) {
      for (const { grace } of stays.values()) clearTimeout(grace)
    }
    await this.#notes.close(windowMs + this.#deps.limits.presenceGraceMs)
  }

  /** A room that has members here, once it was read; `undefined` for another. */
  async #read(room: string): Promise<LocalRoom | undefined> {
    const local = this.#locals.get(room)
    if (local) await (local.opened ??= this.#firstLook(room, local))
    return local
  }

  #open(room: string): LocalRoom {
    const known = this.#locals.get(room)
    if (known) return known
    const members = new RoomMembers(this.#bounds, ++this.#version)
    const local: LocalRoom = { members, stays: new Map(), opened: undefined, look: 0 }
    this.#locals.set(room, local)
    local.opened = this.#firstLook(room, local)
    local.opened.catch(() => undefined) // list() repeats it
    return local
  }

  /** Reads in the next turn, together with all other rooms requested by then. */
  async #firstLook(room: string, local: LocalRoom): Promise<void> {
    this.#wanted.add(room)
    this.#nextLook ??= nextTurn().then(() => {
      const rooms = [...this.#wanted]
      this.#wanted.clear()
      this.#nextLook = undefined
      return this.#look(rooms)
    })
    try {
      await this.#nextLook
    } catch (error) {
      local.opened = undefined
      throw error
    }
  }

  async #look(rooms: readonly string[]): Promise<void> {
    if (rooms.length === 0) return
    const look = ++this.#looks
    const others = new Map(rooms.map((room) => [room, new Map<string, Shown | undefined>()]))
    for (const row of await this.#deps.store.others(rooms, this.#notes.node)) {
      const members = others.get(row.room)
      const known = members?.get(row.member)
      if (!known || known.at < row.at) members?.set(row.member, readShown(row) ?? known)
    }
    for (const [room, members] of others) {
      const local = this.#locals.get(room)
      if (!local || local.look > look) continue // closed, or read again since
      local.look = look
      for (const member of local.members.placeOthers(members)) this.#notes.add({ room, member })
      this.#news.changed(room)
    }
  }

  #next(room: string): RoomPresence | undefined {
    const local = this.#locals.get(room)
    const change = local?.members.next(room, this.#version + 1)
    if (change) this.#version++
    if (local?.members.hasMore) this.#news.changed(room)
    return change
  }

  #show(presence: Presence, shown: Shown): void {
    const { room, member } = presence
    if (!this.#stayOf(presence)) return
    this.#locals.get(room)?.members.show(member, shown)
    this.#changed(presence)
  }

  #end(presence: Presence): void {
    const { room, member } = presence
    const local = this.#locals.get(room)
    if (!local?.stays.delete(member)) return
    local.members.leave(member)
    this.#changed(presence)
    if (local.stays.size === 0) this.#locals.delete(room)
  }

  #changed(presence: Presence): void {
    this.#news.changed(presence.room)
    this.#notes.add(presence)
  }

  #stayOf({ room, member }: Presence): Stay | undefined {
    return this.#locals.get(room)?.stays.get(member)
  }

  #stored(presence: Presence): StoredPresence | undefined {
    if (!this.#stayOf(presence)) return undefined
    const { room, member } = presence
    const { json = null, at = 0 } = this.shownOf(presence) ?? {}
    return { room, member, data: json, at }
  }

  *#all(): Generator<Presence> {
    for (const [room, { stays }] of this.#locals) {
      for (const member of stays.keys()) yield { room, member }
    }
  }
}
