import { facadeOf } from '../shared/facadeOf.js'
import type { ClientOutbox } from './clientOutbox.js'
import type { Outbox } from './outbox.js'

/** The facade of an outbox for apps; the engine itself has secrets in its options. */
export function outboxFacade(engine: Outbox): ClientOutbox {
  return facadeOf<ClientOutbox>(engine, ['storage', 'retry', 'cancel', 'clear'])
}
