import { facadeOf } from '../shared/facadeOf.js'
import type { Engine } from '../shared/facadeOf.js'
import type { ClientOutbox, OutboxSnapshot } from './clientOutbox.js'

/** The facade of an outbox for apps; the engine itself has secrets in its options. */
export function outboxFacade(engine: Engine<OutboxSnapshot>): ClientOutbox {
  return facadeOf<ClientOutbox>(engine, ['storage', 'retry', 'cancel', 'clear'])
}
