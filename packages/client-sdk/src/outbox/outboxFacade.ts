import { facadeOf } from '../shared/facadeOf.js'
import type { ClientOutbox } from './clientOutbox.js'

/** The facade of an outbox for apps; the engine itself has secrets in its options. */
export function outboxFacade(engine: ClientOutbox): ClientOutbox {
  return facadeOf(engine, ['storage', 'list', 'onChange', 'retry', 'cancel', 'clear'])
}
