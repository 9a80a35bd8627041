import { facadeOf } from '../shared/facadeOf.js'
import type { ClientOutbox } from './clientOutbox.js'

/** What an app gets of an outbox's engine, which holds the client's options. */
export function outboxFacade(engine: ClientOutbox): ClientOutbox {
  return facadeOf(engine, ['storage', 'list', 'onChange', 'retry', 'cancel', 'clear'])
}
