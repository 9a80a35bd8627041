/**
 * Attaches values to objects of other libraries, like a `WeakMap`, but as a symbol property: with
 * thousands of connections that come and go, weak maps burden the garbage collector.
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
