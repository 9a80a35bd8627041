import type { AnyContract, Json, RoomHint, RoomName } from '@yektayar/protocol'

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
