import type { RealtimeServer } from '../socketio/connection.js'
import { isPromise } from '../shared/maybePromise.js'
import type { Standstill } from '../shared/standstill.js'
import type { EmittedEvent, EmitTarget } from '../store/emittedEvent.js'
import type { EventStore } from '../store/store.js'
import type { Emit } from './appContext.js'
import type { ReadEvent } from './readEvent.js'

/** What the events of an app need. */
export interface AppEventsDeps {
  io: RealtimeServer
  read: ReadEvent
  store: EventStore
  /** The Socket.IO room of those who are in a room. */
  channelOf(this: void, room: string): string
  standstill(this: void): Pick<Standstill, 'isStale' | 'whenFresh'>
}

/** The events that an app emits. */
export interface AppEvents {
  readonly emit: Emit
  /** Reads the arguments of `emit()`. */
  readonly read: ReadEvent
  /** Whether another process may have somebody to send it to. */
  hasPeers(this: void): boolean
  /** Sends an event to those who are connected to this process. */
  send(this: void, event: EmittedEvent): void
  /** Runs what sends to connections: at once, or when their sessions were read after a standstill. */
  whenFresh(this: void, work: () => void): void
}

/** Creates the events of an app. */
export function createAppEvents({
  io,
  read,
  store,
  channelOf,
  standstill,
}: AppEventsDeps): AppEvents {
  const sender: UntypedSender = io // an event of an app's own contract

  function sendNow({ event, payload, to }: EmittedEvent): void {
    const channel = channelOfTarget(to, channelOf)
    const target = channel === undefined ? sender.local : sender.local.to(channel)
    if (payload === undefined) target.emit(event)
    else target.emit(event, payload)
  }

  /** After a standstill, sessions are read again first: somebody may have signed out elsewhere. */
  function whenFresh(work: () => void): void {
    const watch = standstill()
    if (watch.isStale())
      watch.whenFresh().then(work, () => undefined) // the standstill reports it
    else work()
  }

  const send = (event: EmittedEvent): void => {
    whenFresh(() => {
      sendNow(event)
    })
  }

  async function tell(event: EmittedEvent): Promise<void> {
    if (store.hasPeers()) await store.tell(event)
  }

  function emit(...given: Parameters<ReadEvent>): Promise<void> {
    const finish = (event: EmittedEvent): Promise<void> => {
      send(event)
      return tell(event)
    }
    try {
      const event = read(...given)
      return isPromise(event) ? Promise.resolve(event).then(finish) : finish(event)
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as thrown
      return Promise.reject(error)
    }
  }
  return { emit, read, send, whenFresh, hasPeers: store.hasPeers }
}

interface UntypedSender {
  /** Other processes send it to theirs. */
  readonly local: UntypedSender
  emit(event: string, ...payload: unknown[]): unknown
  to(channel: string): UntypedSender
}

/** The Socket.IO room of a target; `undefined` for everyone. */
function channelOfTarget(
  { user, session, room }: EmitTarget,
  channelOf: (room: string) => string,
): string | undefined {
  if (user !== undefined) return `user:${user}`
  if (session !== undefined) return `session:${session}`
  return room === undefined ? undefined : channelOf(room)
}
