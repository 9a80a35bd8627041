import type { Json, RoomPresence, RoomPresent } from '@yektayar/protocol'
import type { StoredPresence } from '../store/presenceStore.js'

/** What a member shows to the others. */
export interface Shown {
  readonly value: Json
  /** The same as JSON text. */
  readonly json: string
  /** When it was set, in milliseconds since 1970. */
  readonly at: number
}

/** The bounds of what a room is told about its members. */
export interface RoomMembersBounds {
  /** Up to this many members, all are named; above, only those who speak. */
  readonly maxNamed: number
  /** All are named again when no more than these are left. */
  readonly namedAgain: number
  /** The most bytes of names and presence in one list or change. */
  readonly maxBytes: number
}

/** A list of members, with the caller. */
export interface MemberList {
  readonly members: RoomPresent[]
  readonly memberCount: number
  readonly membersVersion: number
}

interface Person {
  /** Whether they are here by connections to this node. */
  isHere: boolean
  /** Whether they are here by connections to other nodes. */
  isElsewhere: boolean
  /** The newest that any of their connections has set. */
  shown: Shown | undefined
}

/**
 * The members of one room on all nodes, and the list that the room was last sent ("told"). Changes
 * are collected and sent as one. A join gets the current list, which may have members that the room was
 * not sent yet. The next change then has these members, even if they have left in between: otherwise the
 * joined client would keep them.
 */
export class RoomMembers {
  readonly #bounds: RoomMembersBounds
  readonly #people = new Map<string, Person>()
  /** The members that the room has in its list, with what they show. */
  readonly #told = new Map<string, Shown | undefined>()
  /** The members that may differ from that. */
  readonly #due = new Set<string>()
  /** Those of them that were in the list of a join. */
  readonly #listed = new Set<string>()
  /** Who spoke or typed, the last one at the end. */
  readonly #voices = new Set<string>()
  #isNamed = true
  /** Whether the next change must be a whole list. */
  #isOutdated = false
  #toldCount = 0
  #version: number

  constructor(bounds: RoomMembersBounds, version: number) {
    this.#bounds = bounds
    this.#version = version
  }

  /** Whether there is more to tell than fitted into the last change. */
  get hasMore(): boolean {
    return this.#due.size > 0
  }

  /** Everybody who is in the room. */
  ids(): Iterable<string> {
    return this.#people.keys()
  }

  shownOf(member: string): Shown | undefined {
    return this.#people.get(member)?.shown
  }

  /** A member came to this node. */
  enter(member: string): void {
    this.#personAt(member).isHere = true
  }

  /** A member has left this node. */
  leave(member: string): void {
    const person = this.#people.get(member)
    if (!person) return
    person.isHere = false
    this.#settle(member, person)
  }

  /** Somebody who is here shows something, unless what they show is newer. */
  show(member: string, shown: Shown): void {
    const person = this.#people.get(member)
    if (person && isNewer(shown, person.shown)) this.#put(member, person, shown)
  }

  /** Somebody speaks or types: a crowd lists them. */
  spoke(member: string): void {
    if (!this.#people.has(member)) return
    this.#voices.delete(member)
    this.#voices.add(member)
    this.#touch(member)
    const [oldest] = this.#voices
    if (oldest === undefined || this.#voices.size <= this.#bounds.namedAgain) return
    this.#voices.delete(oldest)
    this.#touch(oldest)
  }

  /**
   * Takes the members on other nodes, in place of those before. Returns those here that have set
   * something newer there.
   */
  placeOthers(others: ReadonlyMap<string, Shown | undefined>): string[] {
    for (const [member, person] of this.#people) {
      if (!person.isElsewhere || others.has(member)) continue
      person.isElsewhere = false
      this.#settle(member, person)
    }
    const renewed: string[] = []
    for (const [member, shown] of others) {
      const person = this.#personAt(member)
      person.isElsewhere = true
      if (!shown || !isNewer(shown, person.shown)) continue
      this.#put(member, person, shown)
      if (person.isHere) renewed.push(member)
    }
    return renewed
  }

  /** The list for somebody who is here. */
  list(own: string): MemberList {
    const memberCount = this.#people.size
    const isNamed = this.#isNamed && memberCount <= this.#bounds.maxNamed
    const names = isNamed ? this.#people.keys() : new Set([...this.#voices, own])
    if (isNamed !== this.#isNamed) this.#isOutdated = true
    else for (const member of this.#due) this.#listed.add(member)
    if (memberCount !== this.#toldCount) this.#toldCount = -1 // so that the next change has the count
    const members = this.#fitting(names, own)
    return { members, memberCount, membersVersion: this.#version }
  }

  /** What to tell the room; `undefined` if nothing has changed. */
  next(room: string, version: number): RoomPresence | undefined {
    const { maxNamed, namedAgain } = this.#bounds
    const memberCount = this.#people.size
    const isNamed = memberCount <= (this.#isNamed ? maxNamed : namedAgain)
    const isWhole = isNamed !== this.#isNamed || this.#isOutdated
    this.#isNamed = isNamed
    this.#isOutdated = false
    const change = isWhole ? this.#begin() : this.#change()
    const isEmpty = change.present.length === 0 && change.gone.length === 0
    if (!isWhole && isEmpty && memberCount === this.#toldCount) return undefined
    this.#toldCount = memberCount
    this.#version = version
    return { room, memberCount, membersVersion: version, ...change, ...(isWhole && { isWhole }) }
  }

  /** Tells the whole list anew. */
  #begin(): Pick<RoomPresence, 'present' | 'gone'> {
    const names = this.#isNamed ? [...this.#people.keys()] : [...this.#voices]
    const present = this.#fitting(names)
    for (const set of [this.#told, this.#due, this.#listed]) set.clear()
    for (const { id } of present) this.#told.set(id, this.shownOf(id))
    for (const member of names) if (!this.#told.has(member)) this.#due.add(member)
    return { present, gone: [] }
  }

  /** The members that differ from what was told, as many as fit. */
  #change(): Pick<RoomPresence, 'present' | 'gone'> {
    const present: RoomPresent[] = []
    const gone: string[] = []
    let bytes = 0
    for (const member of this.#due) {
      const person = this.#isListed(member) ? this.#people.get(member) : undefined
      const isListed = this.#listed.has(member)
      const isSame = person
        ? this.#told.has(member) && this.#told.get(member)?.json === person.shown?.json
        : !this.#told.has(member)
      if (!isSame || isListed) {
        bytes += bytesOf(member, person?.shown)
        if (bytes > this.#bounds.maxBytes && present.length + gone.length > 0) break
        if (person) present.push(presentOf(member, person.shown))
        else gone.push(member)
      }
      this.#due.delete(member)
      this.#listed.delete(member)
      if (person) this.#told.set(member, person.shown)
      else this.#told.delete(member)
    }
    return { present, gone }
  }

  /** The first members that fit, and in any case the caller. */
  #fitting(names: Iterable<string>, own?: string): RoomPresent[] {
    const fitting: RoomPresent[] = []
    let left = this.#bounds.maxBytes
    if (own !== undefined) left -= bytesOf(own, this.shownOf(own))
    for (const member of names) {
      const shown = this.shownOf(member)
      if (member !== own) left -= bytesOf(member, shown)
      if (left >= 0 || member === own) fitting.push(presentOf(member, shown))
    }
    return fitting
  }

  #personAt(member: string): Person {
    const known = this.#people.get(member)
    if (known) return known
    const person: Person = { isHere: false, isElsewhere: false, shown: undefined }
    this.#people.set(member, person)
    this.#touch(member)
    return person
  }

  #put(member: string, person: Person, shown: Shown): void {
    person.shown = shown
    this.#touch(member)
  }

  /** Removes somebody who is nowhere any more. */
  #settle(member: string, { isHere, isElsewhere }: Person): void {
    if (isHere || isElsewhere) return
    this.#people.delete(member)
    this.#touch(member)
    this.#voices.delete(member)
  }

  #touch(member: string): void {
    if (this.#isNamed || this.#voices.has(member) || this.#told.has(member)) this.#due.add(member)
  }

  #isListed(member: string): boolean {
    return this.#isNamed || this.#voices.has(member)
  }
}

/** What a member shows, as it was stored. */
export function readShown({ data, at }: Pick<StoredPresence, 'data' | 'at'>): Shown | undefined {
  return data === null ? undefined : { value: JSON.parse(data) as Json, json: data, at }
}

function isNewer(shown: Shown, known: Shown | undefined): boolean {
  if (!known || shown.at > known.at) return true
  return shown.at === known.at && shown.json > known.json // on all nodes the same one
}

function presentOf(id: string, shown: Shown | undefined): RoomPresent {
  return shown ? { id, presence: shown.value } : { id }
}

/** The bytes of a member's JSON in a list, with its names and brackets. */
function bytesOf(member: string, shown: Shown | undefined): number {
  const frame = '{"id":,"presence":},'.length
  return Buffer.byteLength(JSON.stringify(member)) + Buffer.byteLength(shown?.json ?? '') + frame
}
