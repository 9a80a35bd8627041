import type { FastifyBaseLogger } from 'fastify'
import type { AppContext, AppServices } from './appContext.js'
import type { LazySignal } from './lazySignal.js'

/** The context of one call of a hook. All its properties are own ones, since an app may spread it. */
export function createHookContext(
  services: AppServices,
  log: FastifyBaseLogger,
  signal: LazySignal,
): AppContext {
  const { database, emit, publish } = services
  return {
    database,
    emit,
    publish,
    log,
    get signal() {
      return signal.get()
    },
  }
}
