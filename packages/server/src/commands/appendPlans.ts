import type { Json, ParsedCommandInput, RoomMessage } from '@yektayar/protocol'
import { messageReceipt, roomReceipt } from '@yektayar/protocol/rules'
import type { CommandSession } from '../sessions/commandSession.js'

/** What a core command appends to which room, and its answer. */
export interface AppendPlan {
  readonly room: string
  readonly data: Json
  /** Whether `authorize` has to allow the sender. */
  readonly isGuarded: boolean
  answer(this: void, message: RoomMessage): Json
}

/** Plans by command name. The input has been parsed by the command's schema. */
export const appendPlans: ReadonlyMap<
  string,
  (input: unknown, session: CommandSession) => AppendPlan
> = new Map([
  ['message', (input, session) => planMessage(input as Json, session)],
  ['room:send', (input) => planSend(input as ParsedCommandInput<'room:send'>)],
])

/** A message is kept in its sender's own room, where the session's other connections see it. */
function planMessage(data: Json, { id }: CommandSession): AppendPlan {
  return { room: `session:${id}`, data, isGuarded: false, answer: messageReceipt }
}

function planSend({ room, data }: ParsedCommandInput<'room:send'>): AppendPlan {
  return { room, data, isGuarded: true, answer: roomReceipt }
}
