/** A position in the log of a room; `seq` 0 is before the first message. */
export interface Position {
  readonly room: string
  readonly epoch: string
  readonly seq: number
}

/** A message at its position. */
export interface Entry extends Position {
  /** The publisher's id of the message; unique in the whole history. */
  readonly id: string
}

/** What a publisher sent, and the outcome. */
export interface Sent {
  readonly client: string
  readonly outbox: string
  /** Its number in the outbox. */
  readonly n: number
  readonly room: string
  readonly id: string
  /** Milliseconds; only shown in reports. */
  readonly sentAt: number
  readonly settled: 'delivered' | 'failed' | 'unsettled'
  /** Why it failed; only shown in reports. */
  readonly error?: string | undefined
  /** The position that the server's receipt confirms. */
  readonly receipt?: Position | undefined
}

/** What a subscriber observed. A reconnect is not recorded, because an app does not see it. */
export type Seen =
  /** From now on it sees everything after this position; earlier observations no longer count. */
  | ({ readonly kind: 'joined' } & Position)
  | ({ readonly kind: 'message' } & Entry)
  /** It was told that messages are missing; the next one may have any `seq`. */
  | { readonly kind: 'reset'; readonly room: string; readonly reason: string }
  | { readonly kind: 'left'; readonly room: string }

/** Everything that one subscriber observed, in order. */
export interface Subscriber {
  readonly name: string
  readonly seen: readonly Seen[]
}

/**
 * The end of the session of an outbox, with the newest position of every room at or after that
 * commit. Later positions in a log must hold nothing of this outbox.
 */
export interface Ending {
  readonly outbox: string
  /** A room without a position here was empty. */
  readonly heads: readonly Position[]
}

/** A whole run, recorded after everything had time to arrive. */
export interface History {
  readonly sent: readonly Sent[]
  readonly subscribers: readonly Subscriber[]
  /** Everything in the store at the end: the messages of each room in order. */
  readonly log: readonly Entry[]
  readonly endings?: readonly Ending[] | undefined
}

/** The kinds of violations in a history. */
export type ViolationKind =
  /** A delivered message is not in the log, or a subscriber missed a message of the log. */
  | 'lost'
  /** A message is in the log twice, or was seen twice. */
  | 'doubled'
  /**
   * The log has the messages of an outbox in another order, or a `seq` was seen after a higher one.
   */
  | 'outOfOrder'
  /** A `seq` is missing without a reset. */
  | 'gap'
  /** Two witnesses have different messages at one position. */
  | 'diverged'
  /** A call got no answer. */
  | 'unsettled'
  /** The log has a message that nobody sent, or a subscriber saw one that the log does not have. */
  | 'phantom'
  /** The position in a receipt does not hold its message. */
  | 'falselyConfirmed'
  /** A message was stored after the end of its session. */
  | 'afterEnd'

/** One violation in a history. */
export interface Violation {
  readonly kind: ViolationKind
  /** The name of the subscriber or client that shows it, or `log`. */
  readonly by: string
  readonly message: Sent | Entry
  /** The position that it contradicts. */
  readonly against?: Position | undefined
}

/** Records a violation. */
export type Report = (
  kind: ViolationKind,
  by: string,
  message: Sent | Entry,
  against?: Position,
) => void
