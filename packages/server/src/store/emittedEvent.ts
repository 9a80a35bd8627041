import type { Json } from '@yektayar/protocol'

type Kind = 'user' | 'session' | 'room' | 'everyone'

type Only<Target> = Target & Readonly<Partial<Record<Exclude<Kind, keyof Target>, never>>>

/** Who gets an event: exactly one of a user, a session, those in a room, and everyone. */
export type EmitTarget =
  | Only<{ readonly user: string }>
  | Only<{ readonly session: string }>
  | Only<{ readonly room: string }>
  | Only<{ readonly everyone: true }>

/** An app's event, on its way to those who are connected. */
export interface EmittedEvent {
  readonly event: string
  /** Absent where the event has none. */
  readonly payload?: Json | undefined
  readonly to: EmitTarget
}
