import type { Unsubscribe } from './emitter.js'
import { markHandled } from './markHandled.js'
import { propertiesOf } from './propertiesOf.js'
import { followState } from './readableState.js'
import type { ReadableState } from './readableState.js'

/** What a facade needs of its engine. */
export interface Engine<Snapshot> {
  getSnapshot(): Snapshot
  /** Calls a listener after each change, and perhaps more often. */
  onChange(listener: () => void): Unsubscribe
}

/**
 * The facade of an engine (an instance of a class) for apps: a frozen object with its state, and
 * only the named members of its snapshot and of itself. Properties are read each time. Methods are
 * bound to the engine, so that a framework may wrap the facade in a proxy and an app may destructure
 * its methods. Their promises are handled, whether or not an app awaits them.
 */
export function facadeOf<Facade extends ReadableState<object>>(
  engine: Engine<ReturnType<Facade['getSnapshot']>>,
  names: readonly Exclude<keyof Facade, keyof ReadableState<object>>[],
): Facade {
  // The engine may be under construction, so its getters are not called here.
  const getSnapshot = () => engine.getSnapshot()
  const facade: ReadableState<object> = {
    getSnapshot,
    subscribe: (listener) => followState(getSnapshot, (look) => engine.onChange(look), listener),
  }
  const methods = Object.getPrototypeOf(engine) as object
  for (const name of names) {
    const method: unknown = Object.getOwnPropertyDescriptor(methods, name)?.value
    const read = (): unknown =>
      propertiesOf(name in getSnapshot() ? getSnapshot() : engine)[name as string]
    Object.defineProperty(facade, name, {
      enumerable: true,
      ...(typeof method === 'function'
        ? { value: (...args: unknown[]) => handled(method.apply(engine, args)) }
        : { get: read }),
    })
  }
  return Object.freeze(facade) as Facade // it has all members now
}

function handled(result: unknown): unknown {
  const isPromise = typeof propertiesOf(result).then === 'function'
  return isPromise ? markHandled(result as Promise<unknown>) : result
}
