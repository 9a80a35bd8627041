import { randomUUID } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../limits.js'
import type { RealtimeServer } from '../socket/connection.js'
import type { Database } from '../store/openDatabase.js'
import { roomChannel } from './feeds.js'
import { deletePresence, deleteSilentNodes, insertPresence } from './presenceQueries.js'
import { selectPresence, touchNode } from './presenceQueries.js'
import type { Presence } from './presenceQueries.js'

/** Somebody's connections to one room on this node. */
interface Stay extends Presence {
  connections: number
  /** Runs while the last connection may still come back. */
  grace: NodeJS.Timeout | undefined
}

/** Who is in which room, whatever the number of their connections and nodes. */
export interface RoomPresences {
  /** Somebody came, by one more connection. */
  enter(this: void, presence: Presence): Promise<void>
  /** One connection less; where it was lost and not left, they stay for a while. */
  leave(this: void, presence: Presence, isLost: boolean): void
  /** Who is in a room; what changed since the last look is told to those in it here. */
  members(this: void, room: string): Promise<string[]>
  /** Looks for what other nodes have changed. */
  look(this: void): Promise<void>
  /** Gives a sign of life, and notices those who give none. */
  beat(this: void): Promise<void>
  close(this: void): void
}

/** What `createPresence` needs. */
export interface PresenceOptions {
  io: RealtimeServer
  database: Database
  limits: Limits
  log: FastifyBaseLogger
}

/** A room in which somebody is by way of this node. */
interface LocalRoom {
  readonly stays: Map<string, Stay>
  /** Whom those in it were told of. */
  told: ReadonlySet<string>
}

/** Creates the presence of a node. */
export function createPresence({ io, database, limits, log }: PresenceOptions): RoomPresences {
  const node = randomUUID()
  const locals = new Map<string, LocalRoom>()
  let hasBeaten = false

  function stayOf({ room, member }: Presence): Stay | undefined {
    return locals.get(room)?.stays.get(member)
  }

  function openStay({ room, member }: Presence): Stay {
    const local = locals.get(room) ?? { stays: new Map<string, Stay>(), told: new Set<string>() }
    locals.set(room, local)
    const stay = local.stays.get(member) ?? { room, member, connections: 0, grace: undefined }
    local.stays.set(member, stay)
    return stay
  }

  async function look(rooms: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const present = new Map(rooms.map((room) => [room, new Set<string>()]))
    for (const { room, member } of await selectPresence(database, rooms)) {
      present.get(room)?.add(member)
    }
    for (const [room, members] of present) tell(room, members)
    return present
  }

  function tell(room: string, members: ReadonlySet<string>): void {
    const local = locals.get(room)
    if (!local) return
    const channel = io.to(roomChannel(room))
    for (const member of members) {
      if (!local.told.has(member)) channel.emit('room:presence', { room, member, isPresent: true })
    }
    for (const member of local.told) {
      if (!members.has(member)) channel.emit('room:presence', { room, member, isPresent: false })
    }
    local.told = members
  }

  async function end(stay: Stay): Promise<void> {
    const { room, member, connections } = stay
    if (stayOf(stay) !== stay || connections > 0) return
    const stays = locals.get(room)?.stays
    stays?.delete(member)
    await deletePresence(database, node, stay)
    await look([room])
    if (stays?.size === 0) locals.delete(room)
  }

  return {
    async enter(presence) {
      const stay = openStay(presence)
      stay.connections++
      clearTimeout(stay.grace)
      if (!hasBeaten) await touchNode(database, node, Date.now())
      hasBeaten = true
      await insertPresence(database, node, presence)
    },

    leave(presence, isLost) {
      const stay = stayOf(presence)
      if (!stay || --stay.connections > 0) return
      const leave = (): void => {
        end(stay).catch((error: unknown) => {
          log.debug({ err: error }, 'a departure could not be noted')
        })
      }
      if (!isLost) {
        leave()
        return
      }
      stay.grace = setTimeout(leave, limits.presenceGraceMs)
      stay.grace.unref()
    },

    async members(room) {
      const present = await look([room])
      return [...(present.get(room) ?? [])].slice(0, limits.maxListedMembers)
    },

    async look() {
      await look([...locals.keys()])
    },

    async beat() {
      if (locals.size === 0) return
      const now = Date.now()
      await touchNode(database, node, now)
      await deleteSilentNodes(database, now - limits.nodeTimeoutMs)
    },

    close() {
      for (const { stays } of locals.values()) {
        for (const { grace } of stays.values()) clearTimeout(grace)
      }
    },
  }
}
