import type { AnyContract } from '@yektayar/protocol'
import { requireType } from '../shared/requireType.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { YektaYarError } from '../shared/yektaYarError.js'

/**
 * The name of a room, which may be made of a pattern and its params. With a contract it is checked: a
 * name that was made of a pattern never leads to a room of another one.
 *
 * @throws {YektaYarError} `unknown_room`; `invalid_input` for what is no text
 */
export function roomName(
  contract: AnyContract | undefined,
  pattern: string,
  params?: object,
): string {
  requireType('string', 'The name of a room', pattern)
  const [, missing] = /{(\w+)}/.exec(params ? '' : pattern) ?? []
  if (missing) {
    const hint = `Give its params, as in client.room('${pattern}', { ${missing} })`
    throw new YektaYarError('unknown_room', `${pattern}: this is a pattern, and no name`, { hint })
  }
  const given = propertiesOf(params) as Readonly<Record<string, string | number | undefined>> // by its type
  // Where a missing param leaves it empty, the name is unknown to the server as well.
  const name = params
    ? pattern.replace(/{(.*?)}/g, (_, param: string) => String(given[param] ?? ''))
    : pattern
  const refusal = contract?.refuseRoom(name, params && pattern)
  if (refusal) throw new YektaYarError(refusal.code, refusal.message, refusal)
  return name
}
