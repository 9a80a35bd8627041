import { Emitter } from './emitter.js'
import { afterThis } from './platform.js'

/** Tells listeners that something has changed: once, after the running code. */
export class ChangeSignal extends Emitter<undefined> {
  #isTold = true

  raise(): void {
    if (!this.#isTold) return
    this.#isTold = false
    afterThis(() => {
      this.#isTold = true
      this.emit('', undefined)
    })
  }
}
