/** A place in the log of a room; `seq` 0 is before the first message. */
export interface Position {
  readonly room: string
  readonly epoch: string
  readonly seq: number
}

/** A message in its place. */
export interface Entry extends Position {
  /** What its publisher called it; unique over the whole history. */
  readonly id: string
}

/** What a publisher did, and what became of it. */
export interface Sent {
  readonly client: string
  readonly outbox: string
  /** Its number in the outbox. */
  readonly n: number
  readonly room: string
  readonly id: string
  /** For whoever reads a report, in milliseconds. */
  readonly sentAt: number
  readonly settled: 'delivered' | 'failed' | 'unsettled'
  /** Why it failed, for whoever reads a report. */
  readonly error?: string | undefined
  /** Where the server says that it stored the message. */
  readonly receipt?: Position | undefined
}

/** What a subscriber noticed. Coming back after a drop is nothing of its own: nobody notices it. */
export type Seen =
  /** It sees everything after this position from now on; what it saw before is forgotten. */
  | ({ readonly kind: 'joined' } & Position)
  | ({ readonly kind: 'message' } & Entry)
  /** It was told that messages are missing: the next one may be any. */
  | { readonly kind: 'reset'; readonly room: string; readonly reason: string }
  | { readonly kind: 'left'; readonly room: string }

/** Everything that one subscriber noticed, in its order. */
export interface Subscriber {
  readonly name: string
  readonly seen: readonly Seen[]
}

/**
 * The end of the session of an outbox: the newest position of every room, read after the end was
 * committed, or with it. Of what comes later in a log, nothing may be of that outbox.
 */
export interface Ending {
  readonly outbox: string
  /** A room that is not among them was empty. */
  readonly heads: readonly Position[]
}

/** A whole run, once it is over and everything had the time to arrive. */
export interface History {
  readonly sent: readonly Sent[]
  readonly subscribers: readonly Subscriber[]
  /** All that the store holds in the end: each room's messages in order. */
  readonly log: readonly Entry[]
  readonly endings?: readonly Ending[] | undefined
}

/** What can be wrong with a history. */
export type ViolationKind =
  /** A delivered message is not in the log, or one of the log was not seen by who had to. */
  | 'lost'
  /** A message is in the log twice, or was seen twice. */
  | 'doubled'
  /** Messages of an outbox are in another order in the log, or a `seq` was seen after a higher one. */
  | 'outOfOrder'
  /** A `seq` is missing, and no reset said so. */
  | 'gap'
  /** One place holds different messages for different witnesses. */
  | 'diverged'
  /** A promise is left without an answer. */
  | 'unsettled'
  /** The log has what nobody sent, or a subscriber saw what the log does not have. */
  | 'phantom'
  /** The place that a receipt names does not hold its message. */
  | 'falselyConfirmed'
  /** A message was stored after the end of its session. */
  | 'afterEnd'

/** One thing that is wrong. */
export interface Violation {
  readonly kind: ViolationKind
  /** Who shows it: `log`, or the name of a subscriber or client. */
  readonly by: string
  readonly message: Sent | Entry
  /** What it contradicts. */
  readonly against?: Position | undefined
}

/** Takes note of one thing that is wrong. */
export type Report = (
  kind: ViolationKind,
  by: string,
  message: Sent | Entry,
  against?: Position,
) => void
