import { isServerErrorCode } from '@yektayar/protocol'
import type { AnswerError, OutboxAnswer } from '@yektayar/protocol'
import { refusals } from '@yektayar/protocol/rules'
import type { NumberedItem } from '@yektayar/protocol/rules'
import { commandErrorOf, toAnswerError } from '../shared/commandError.js'
import type { ItemOutcome, Place } from '../store/delivery.js'
import type { PreparedOnce } from './onceCommand.js'

/** An item that was looked at before any transaction. */
export interface ReadyItem extends NumberedItem {
  /** Its name where the contract has it. */
  command: string | undefined
  /** What runs unless it was refused; absent for a skip, and for what is no such command. */
  prepared: PreparedOnce | undefined
  /** Why it was refused. */
  refusal: AnswerError | undefined
}

/** The id of the message that an item appends. */
export function messageId(outbox: string, n: number): string {
  return `${outbox}.${String(n)}`
}

/** What an item is answered with. */
export function answerOf(outbox: string, item: ReadyItem, outcome: ItemOutcome): OutboxAnswer {
  const { n, refusal } = item
  switch (outcome.kind) {
    case 'forked':
      return outboxForked(n)
    case 'expired':
      return answerExpired(n)
    case 'appended':
      return answerAt(outbox, item, outcome)
    case 'kept':
      return keptAnswer(outbox, item, outcome)
    case 'settled':
      if (refusal) return { n, ok: false, error: refusal }
      return item.isSkip ? { n, ok: true } : { n, ok: true, data: outcome.data }
  }
}

/** The answer of an item that appended a message. */
function answerAt(outbox: string, { n, prepared }: ReadyItem, place: Place): OutboxAnswer {
  const append = prepared?.append(messageId(outbox, n))
  if (!prepared || !append) return answerExpired(n) // its input does not fit the command any more
  return { n, ok: true, data: prepared.answer(append, place) }
}

/** What was kept of the answer when the item came before. */
function keptAnswer(
  outbox: string,
  item: ReadyItem,
  { answer, at }: Extract<ItemOutcome, { kind: 'kept' }>,
): OutboxAnswer {
  const { n } = item
  if ('seq' in answer) {
    return item.isSkip ? { n, ok: true } : answerAt(outbox, item, { seq: answer.seq, at })
  }
  if (!answer.ok) return { n, ok: false, error: knownError(answer.error) }
  return item.isSkip ? { n, ok: true } : { n, ok: true, data: answer.data }
}

function answerExpired(n: number): OutboxAnswer {
  return { n, ok: false, error: toAnswerError(commandErrorOf(refusals.answerExpired)) }
}

function outboxForked(n: number): OutboxAnswer {
  return { n, ok: false, error: toAnswerError(commandErrorOf(refusals.outboxForked)) }
}

/** An older server has kept answers with codes that an app made up. */
function knownError(error: AnswerError): AnswerError {
  return isServerErrorCode(error.code) ? error : toAnswerError(undefined)
}
