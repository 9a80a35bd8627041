import type { ClientRoom } from '@yektayar/client'
import type { Stage } from '../support/stage.js'
import { watchOutbox } from '../../../client-sdk/test/support/watchOutbox.js'
import { normalize, outcomeOf } from './normalize.js'
import { rooms } from './operation.js'

type Person = Awaited<ReturnType<Stage['arrive']>>

/** A stage, with a record of everything observed on it since its start. */
export class Scene {
  readonly stage: Stage
  readonly rooms = new Map<string, ClientRoom>()
  /** The people present, in the order of their arrival. */
  readonly people: Person[] = []
  /** Whether the client can reach the server. */
  isUp = true
  readonly #log: Record<string, unknown[]> = {}
  readonly #presence: (readonly [room: string, member: string, isPresent: boolean])[] = []
  readonly #strangers = new Set<string>()
  readonly #settled: Record<string, unknown> = {}

  constructor(stage: Stage) {
    this.stage = stage
    const { client } = stage
    for (const name of rooms) this.#watch(client.room(name))
    for (const name of ['session:ended', 'session:changed', 'room:left', 'connected'] as const) {
      client.on(name, (payload) => {
        this.note(name, payload)
      })
    }
    let before = ''
    client.session.subscribe(({ state, userId }) => {
      const now = JSON.stringify([state, userId])
      if (now !== before) this.note('session', [state, userId]) // else its id has become known
      before = now
    })
    watchOutbox(client.outbox, ({ name, error }, state) => {
      this.note('outbox', [name, state, error])
    })
    let from = client.status
    client.subscribe(({ status: to, reason }) => {
      if (from !== to) this.note('status', [from, to, reason])
      from = to
    })
  }

  room(name: string): ClientRoom {
    return this.rooms.get(name) ?? this.stage.client.room(name as 'public:any')
  }

  note(kind: string, what: unknown): void {
    ;(this.#log[kind] ??= []).push(normalize(what))
  }

  /** Records the outcome of work that the step does not wait for. */
  follow(step: number, work: Promise<unknown>): void {
    void outcomeOf(work).then((outcome) => {
      this.#settled[`step ${String(step)}`] = outcome
    })
  }

  /** Whether the client has nothing in progress. */
  get isQuiet(): boolean {
    const { client } = this.stage
    if (!this.isUp) return client.status !== 'connected'
    if (client.status === 'reconnecting' || client.status === 'connecting') return false
    if (client.session.state !== 'active') return false
    if (client.status !== 'connected') return true
    const isSending = client.outbox.getSnapshot().items.some(({ state }) => state !== 'failed')
    return !isSending && [...this.rooms.values()].every(({ state }) => state !== 'joining')
  }

  /** Everything observable now, and everything recorded since the start. */
  observe(): unknown {
    const { client, backend } = this.stage
    for (const { member } of this.people) this.#strangers.add(member)
    // On a server, the client's own member leaves when it disconnects. The fake keeps it present.
    const presence = this.#presence.filter(([, member]) => this.#strangers.has(member))
    const { status, session, outbox } = client
    return normalize({
      status,
      // Offline, attempts of the fake wait for the network, and real ones fail.
      reason: this.isUp ? client.getSnapshot().reason : null,
      session: { state: session.state, userId: session.userId },
      rooms: [...this.rooms.values()].map(describeRoom),
      outbox: outbox
        .getSnapshot()
        .items.map(({ name, input, state, error }) => ({ name, input, state, error })),
      notes: backend.notes,
      presence,
      settled: this.#settled,
      log: this.#log,
    })
  }

  #watch(room: ClientRoom): void {
    this.rooms.set(room.name, room)
    const note = (kind: string) => (what: unknown) => {
      this.note(`${room.name} ${kind}`, what)
    }
    room.on('message', note('message'))
    room.on('reset', note('reset'))
    room.on('continuity', note('continuity'))
    room.on('typing', note('typing'))
    room.on('presence', ({ member, isPresent }) => {
      this.#presence.push([room.name, member.id, isPresent])
    })
  }
}

function describeRoom(room: ClientRoom): object {
  const { name, state, error, messages, hasOlder, members, position, continuity } = room
  return {
    ...{ name, state, error, hasOlder, continuity, members },
    position: position && { ...position, id: position.id !== undefined },
    messages: messages.map(({ seq, from, isOwn, data, state: stateOf }) => ({
      ...{ seq, from, isOwn, data },
      state: stateOf,
    })),
  }
}
