import { callListener } from './emitter.js'
import type { Unsubscribe } from './emitter.js'
import { requireType } from './requireType.js'

/** A state that can be read and listened to: a store of `useSyncExternalStore`, and of Svelte. */
export interface ReadableState<Snapshot> {
  /** The current state. It is frozen, and the same object until something changes. */
  getSnapshot(this: void): Snapshot

  /**
   * Calls a listener with the current snapshot: once immediately, and after each change. An error
   * that the listener throws is reported and changes nothing.
   */
  subscribe(this: void, listener: (snapshot: Snapshot) => void): Unsubscribe
}

/**
 * Subscribes a listener, which gets each snapshot once.
 *
 * @param onChange calls its argument when there may be another snapshot
 * @throws {YektaYarError} `invalid_input` for a listener that is no function
 */
export function followState<Snapshot>(
  getSnapshot: () => Snapshot,
  onChange: (look: (snapshot?: Snapshot) => void) => Unsubscribe,
  listener: (snapshot: Snapshot) => void,
): Unsubscribe {
  requireType('function', 'The listener', listener)
  let last: Snapshot | undefined
  const look = (snapshot = getSnapshot()): void => {
    if (snapshot === last) return
    last = snapshot
    callListener(listener, snapshot)
  }
  const stop = onChange(look)
  look()
  return stop
}

/**
 * Freezes a new snapshot with its arrays, and keeps each array of the previous one that has the same
 * elements. Returns the previous snapshot if all fields are the same.
 *
 * @param more properties that it gets before, which are not compared
 */
export function keepSame<Snapshot extends object>(
  previous: Snapshot | undefined,
  next: object,
  more: PropertyDescriptorMap = {},
): Snapshot {
  const before = previous as Record<string, unknown> | undefined
  const kept = next as Record<string, unknown>
  let isSame = true
  for (const [name, value] of Object.entries(kept)) {
    const old = before?.[name]
    if (isEqual(old, value)) kept[name] = old
    else isSame = false
    if (Array.isArray(value)) Object.freeze(value)
  }
  if (previous && isSame) return previous
  return Object.freeze(Object.defineProperties(next, more)) as Snapshot // with all of its fields
}

/** Whether two values are the same, or arrays with the same elements. */
export function isEqual(old: unknown, value: unknown): boolean {
  return (
    old === value ||
    (Array.isArray(old) &&
      Array.isArray(value) &&
      old.length === value.length &&
      value.every((each, index) => each === old[index]))
  )
}
