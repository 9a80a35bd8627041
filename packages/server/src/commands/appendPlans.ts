import type { Json, ParsedCommandInput, RoomMessage } from '@yektayar/protocol'
import { messageReceipt, roomReceipt } from '@yektayar/protocol/rules'
import type { CommandSession } from '../sessions/commandSession.js'

/** What a command of the house appends, where, and what it answers then. */
export interface AppendPlan {
  readonly room: string
  readonly data: Json
  /** Whether it has to be asked who may send there. */
  readonly isGuarded: boolean
  answer(this: void, message: RoomMessage): Json
}

/** Plans by the name of the command; an input was parsed by the command's schema. */
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
