import type { AnyContract } from '@yektayar/protocol'
import { validatePayload } from '../commands/validatePayload.js'
import { Emitter, reportListenerError } from '../shared/emitter.js'
import type { Unsubscribe } from '../shared/emitter.js'
import { requireName } from '../shared/requireType.js'

/** The events from the server, in their order; validated if there is a contract. */
export class ServerEvents extends Emitter {
  readonly #contract: AnyContract | undefined
  #checks = Promise.resolve()

  constructor(contract: AnyContract | undefined) {
    super()
    this.#contract = contract
  }

  override on(name: string, listener: (payload: unknown) => void): Unsubscribe {
    requireName('The name of an event', name)
    return super.on(name, listener)
  }

  /** Passes an event on. An event that breaks the contract is reported and dropped. */
  receive(name: string, payload: unknown): void {
    const contract = this.#contract
    if (!contract) {
      this.emit(name, payload)
      return
    }
    this.#checks = this.#checks
      .then(() => validatePayload(contract, 'event', name, payload))
      .then((checked) => {
        this.emit(name, checked)
      }, reportListenerError)
  }
}
