import { errorFromServer } from '../shared/errorFromServer.js'
import { propertiesOf } from '../shared/propertiesOf.js'

/**
 * Returns the answer to a join, or a page of a room's log, if it has what is read of it.
 *
 * @throws {YektaYarError} `invalid_answer`
 */
export function checkPage(name: string, answer: unknown): unknown {
  const { epoch, seq, messages, members } = propertiesOf(answer)
  const isPage = typeof epoch === 'string' && have(messages, { id: '', seq: 0, epoch: '' })
  const isJoin = typeof seq === 'number' && have(members, { id: '' })
  if (isPage && (isJoin || name === 'room:history')) return answer
  throw errorFromServer(name, undefined, 'an answer that is no page of a room')
}

/** Whether a value is a list whose members have properties of the same types as the example. */
function have(list: unknown, example: object): boolean {
  if (!Array.isArray(list)) return false
  const types = Object.entries(example)
  return list.every((one) => {
    const given = propertiesOf(one)
    return types.every(([key, value]) => typeof given[key] === typeof value)
  })
}
