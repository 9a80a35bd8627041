/**
 * Values that are kept with objects of other libraries, as a `WeakMap` would keep them, but as a
 * property: connections come and go by the thousand, and weak maps make the garbage collector work.
 */
export class Slot<Value> {
  readonly #key = Symbol('slot')

  get(holder: object): Value | undefined {
    return (holder as Record<symbol, Value | undefined>)[this.#key]
  }

  set(holder: object, value: Value | undefined): void {
    ;(holder as Record<symbol, Value | undefined>)[this.#key] = value
  }
}
