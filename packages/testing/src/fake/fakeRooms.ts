import { MAX_HISTORY_PAGE } from '@yektayar/protocol'
import type {
  Json,
  ParsedCommandInput,
  RoomJoined,
  RoomMessage,
  RoomPage,
  RoomPosition,
  RoomPresence,
  RoomReset,
} from '@yektayar/protocol'
import { continuityAt, JOIN_PAGE_SIZE, MAX_PAGE_BYTES, memberBytes } from '@yektayar/protocol/rules'
import { randomId } from './randomId.js'
import { utf8Length } from './utf8Length.js'

/** A message without its place in the room. */
export interface NewMessage {
  readonly id: string
  readonly from: string
  readonly data: Json
}

/** One room: the kept part of its log, and its members. */
interface FakeRoom {
  seq: number
  messages: readonly RoomMessage[]
  /** What each member shows; `undefined` for nothing. */
  readonly members: Map<string, Json | undefined>
}

/** The rooms of a fake server, without any check of permissions. */
export class FakeRooms {
  #epoch = randomId()
  #rooms = new Map<string, FakeRoom>()
  /** The version of the newest list of members, of any room. */
  #version = 0

  /** The kept messages of a room. */
  messages(room: string): readonly RoomMessage[] {
    return this.#at(room).messages
  }

  append(name: string, given: NewMessage): RoomMessage {
    const room = this.#at(name)
    const message = this.next(name, given)
    room.seq = message.seq
    room.messages = [...room.messages, message]
    return message
  }

  /** The message that `append()` would append after as many others. */
  next(name: string, { id, from, data }: NewMessage, others = 0): RoomMessage {
    const { epoch, seq } = this.head(name)
    return {
      room: name,
      epoch,
      seq: seq + 1 + others,
      id,
      from,
      data,
      at: new Date().toISOString(),
    }
  }

  /**
   * Adds members, or sets what they show, and removes others. Returns the change of the list;
   * `undefined` if it is none.
   */
  place(
    name: string,
    came: ReadonlyMap<string, Json | undefined>,
    gone: readonly string[] = [],
  ): RoomPresence | undefined {
    const { members } = this.#at(name)
    const changed = [...came].filter(
      ([id, presence]) =>
        !members.has(id) || (presence !== undefined && presence !== members.get(id)),
    )
    const left = gone.filter((id) => members.delete(id))
    for (const [id, presence] of changed) {
      if (presence !== undefined || !members.has(id)) members.set(id, presence)
    }
    if (changed.length + left.length === 0) return undefined
    const present = changed.map(([id]) => presentOf(id, members.get(id)))
    const list = { memberCount: members.size, membersVersion: ++this.#version }
    return { room: name, ...list, present, gone: left }
  }

  /** What a member shows in a room. */
  shownOf(room: string, member: string): Json | undefined {
    return this.#at(room).members.get(member)
  }

  /** The answer to a join. */
  enter(name: string, after: RoomPosition | undefined): RoomJoined {
    const { seq, members } = this.#at(name)
    const reset = after && this.#resetOf(name, after)
    const maxBytes = MAX_PAGE_BYTES - memberBytes(MAX_PAGE_BYTES)
    const isContinued = after !== undefined && reset === undefined
    const page = isContinued
      ? this.#page(name, { after: after.seq, limit: MAX_HISTORY_PAGE, maxBytes })
      : this.#page(name, { limit: JOIN_PAGE_SIZE, maxBytes })
    return {
      ...page,
      seq,
      members: Array.from(members, ([id, presence]) => presentOf(id, presence)),
      memberCount: members.size,
      membersVersion: this.#version,
      ...(reset && { reset }),
    }
  }

  history({
    room,
    epoch = this.#epoch,
    before,
    after,
    id,
    limit = MAX_HISTORY_PAGE,
  }: ParsedCommandInput<'room:history'>): RoomPage {
    const isOther = epoch !== this.#epoch
    const isAsked = isOther || after !== undefined
    const reset = isAsked ? this.#resetOf(room, { epoch, seq: after ?? 0, id }) : undefined
    const bounds = { limit, maxBytes: MAX_PAGE_BYTES }
    const page = this.#page(room, isOther ? bounds : { before, after, ...bounds })
    return { ...page, ...(reset && { reset }) }
  }

  /** The head of a room's log. */
  head(room: string) {
    return { room, epoch: this.#epoch, seq: this.#at(room).seq }
  }

  /** Removes a room with all its messages. */
  delete(name: string): void {
    this.#rooms.delete(name)
  }

  /** Keeps only the newest messages of a room, as a server does after a while. */
  truncate(name: string, kept: number): void {
    const room = this.#at(name)
    room.messages = room.messages.slice(Math.max(0, room.messages.length - kept))
  }

  /** Continues with another, empty store. */
  replaceStore(): void {
    this.#epoch = randomId()
    for (const room of this.#rooms.values()) Object.assign(room, { seq: 0, messages: [] })
  }

  #page(
    room: string,
    range: {
      before?: number | undefined
      after?: number | undefined
      limit: number
      maxBytes: number
    },
  ): RoomPage {
    const { before = Infinity, after, limit, maxBytes } = range
    const all = this.messages(room).filter(({ seq }) => seq < before && seq > (after ?? 0))
    const nearest = after === undefined ? [...all].reverse() : all
    const messages = fitting(nearest.slice(0, limit), maxBytes)
    const more = all.length > messages.length
    if (after === undefined) messages.reverse()
    return { room, epoch: this.#epoch, messages, more }
  }

  /** The reset if a reader cannot continue after a position; `undefined` if it can. */
  #resetOf(room: string, position: RoomPosition): RoomReset | undefined {
    const messages = this.messages(room)
    const anchorId = messages.find(({ seq }) => seq === position.seq)?.id
    const nextSeq = messages.find(({ seq }) => seq > position.seq)?.seq
    return continuityAt(position, this.head(room), { anchorId, nextSeq })
  }

  #at(name: string): FakeRoom {
    const room = this.#rooms.get(name) ?? {
      seq: 0,
      messages: [],
      members: new Map<string, Json | undefined>(),
    }
    this.#rooms.set(name, room)
    return room
  }
}

function presentOf(id: string, presence: Json | undefined) {
  return { id, ...(presence !== undefined && { presence }) }
}

/** The first messages that fit into a page; at least one. */
function fitting(messages: readonly RoomMessage[], maxBytes: number): RoomMessage[] {
  let bytes = 0
  const end = messages.findIndex((message, index) => {
    bytes += utf8Length(JSON.stringify(message)) + 1
    return index > 0 && bytes > maxBytes
  })
  return messages.slice(0, end === -1 ? undefined : end)
}
