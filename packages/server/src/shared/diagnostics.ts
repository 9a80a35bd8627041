import { channel } from 'node:diagnostics_channel'
import type { ServerErrorCode } from '@yektayar/protocol'

/** What all messages of the channels have. No message holds a token, a payload, a user or the name of a room. */
interface Timed {
  /** In milliseconds since 1970, with fractions. */
  readonly startedAt: number
  readonly durationMs: number
}

/** `yektayar:command`: a command was answered, or an item of an outbox settled. */
interface CommandDiagnostics extends Timed {
  /** `unknown` for every name that the contract does not have. */
  readonly command: string
  /** `repeated` for an item that was settled by an earlier delivery. */
  readonly outcome: 'ok' | 'repeated' | ServerErrorCode
  /** Under which the client and the log know it as well. */
  readonly requestId: string
  readonly socketId: string
  readonly sessionId: string
  /** Of an item of an outbox: its number. */
  readonly n?: number
}

/** `yektayar:connection`: a connection was admitted, has closed, or was refused. */
type ConnectionDiagnostics = Timed &
  (
    | { readonly event: 'opened'; readonly socketId: string; readonly sessionId: string }
    | {
        readonly event: 'closed'
        readonly socketId: string
        readonly sessionId: string
        /** As Socket.IO gives it. */
        readonly reason: string
      }
    | { readonly event: 'refused'; readonly socketId: string; readonly code: ServerErrorCode }
  )

/** `yektayar:commit`: a transaction was committed, or has failed. */
interface CommitDiagnostics extends Timed {
  /** How many writes shared it. */
  readonly writes: number
  /** How many messages of rooms it has appended; 0 where it failed. */
  readonly messages: number
  readonly isCommitted: boolean
}

/** The channels on which something is published, by the message of each. */
interface Channels {
  command: CommandDiagnostics
  connection: ConnectionDiagnostics
  commit: CommitDiagnostics
}

const channels = {
  command: channel('yektayar:command'),
  connection: channel('yektayar:connection'),
  commit: channel('yektayar:commit'),
} satisfies Record<keyof Channels, unknown>

/** Whether anybody listens to a channel; nothing is to be made for it otherwise. */
export function isObserved(name: keyof Channels): boolean {
  return channels[name].hasSubscribers
}

/** Publishes a message, whose times are made from a value of `performance.now()`. */
export function publish<Name extends keyof Channels>(
  name: Name,
  startedAt: number,
  message: Unpublished<Channels[Name]>,
): void {
  channels[name].publish({
    ...message,
    startedAt: performance.timeOrigin + startedAt,
    durationMs: performance.now() - startedAt,
  })
}

/** A message without its times, of each kind that there is. */
type Unpublished<Message> = Message extends unknown ? Omit<Message, keyof Timed> : never
