import { refuseUnknown, requireObject } from '../shared/checkOptions.js'
import { markHandled } from '../shared/markHandled.js'
import type { CallOptions } from '../shared/options.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { wrongUse } from '../shared/requireType.js'

const known: Required<{ [Name in keyof CallOptions]: true }> = {
  timeoutMs: true,
  signal: true,
  delivery: true,
}

/**
 * The rejection of a call that an app cannot mean: it has unknown options, or it would leave a room
 * whose handles still count as joined. Any other call gets `undefined`.
 *
 * @param rooms the rooms that have joined handles, by name
 */
export function refusedCall(
  name: string,
  input: unknown,
  options: CallOptions,
  rooms: { find(name: string): unknown },
): Promise<never> | undefined {
  try {
    requireObject('options', options)
    refuseUnknown(options, known)
    const room = String(propertiesOf(input).room)
    if (name !== 'room:leave' || !rooms.find(room)) return undefined
    throw wrongUse(`${room} has handles: use their leave()`)
  } catch (error) {
    return markHandled(Promise.reject(error as Error))
  }
}
