import type { AnyContract, Json, RoomHint, RoomName, RoomTypingChanged } from '@yektayar/protocol'

type Kind = 'user' | 'session' | 'room' | 'everyone'

type Only<Target> = Target & Readonly<Partial<Record<Exclude<Kind, keyof Target>, never>>>

/** Who gets an event: exactly one of a user, a session, those in a room, and everyone. */
export type EmitTarget<Contract extends AnyContract = AnyContract> =
  | Only<{ readonly user: string }>
  | Only<{ readonly session: string }>
  | Only<{ readonly room: RoomName<Contract> | RoomHint }>
  | Only<{ readonly everyone: true }>

/** An app's event, on its way to those who are connected. */
export interface EmittedEvent {
  readonly event: string
  /** Absent where the event has none. */
  readonly payload?: Json | undefined
  readonly to: EmitTarget
}

/** Somebody has begun or stopped to type in a room. */
interface TypingNews {
  readonly typing: RoomTypingChanged
}

/** A message of Socket.IO's adapter for those of the other processes, as text. */
interface AdapterNews {
  readonly adapter: string
}

/** What a process tells the others of at once, and no store keeps. */
export type NodeEvent = EmittedEvent | TypingNews | AdapterNews
