import { UsageError } from '../shared/usageError.js'
import type { YektaYar } from './yektaYar.js'

/** Every member of a handle; the type holds that none is missing. */
const members: Readonly<Record<keyof YektaYar, true>> = {
  announceClose: true,
  connections: true,
  database: true,
  emit: true,
  io: true,
  limits: true,
  metricsUrl: true,
  publish: true,
  rooms: true,
  sessions: true,
  toSession: true,
  toUser: true,
}

/**
 * Gives an object the members of a handle that exists only later.
 *
 * @param handleOf the handle; `undefined` until then, when each member throws
 */
export function addDeferredMembers<Target extends object>(
  target: Target,
  handleOf: () => YektaYar | undefined,
): Target & YektaYar {
  for (const name of Object.keys(members) as (keyof YektaYar)[]) {
    Object.defineProperty(target, name, {
      enumerable: true,
      get: () => {
        const handle = handleOf()
        if (handle) return handle[name]
        throw new UsageError(
          'not_registered',
          `${name} is not there yet, register it first: await app.register(realtime)`,
        )
      },
    })
  }
  return target as Target & YektaYar // which it just got
}
