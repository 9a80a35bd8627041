import { callListener } from './emitter.js'
import type { Unsubscribe } from './emitter.js'

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
 */
export function followState<Snapshot>(
  getSnapshot: () => Snapshot,
  onChange: (look: (snapshot?: Snapshot) => void) => Unsubscribe,
  listener: (snapshot: Snapshot) => void,
): Unsubscribe {
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
 */
export function keepSame<Snapshot extends object>(
  previous: Snapshot | undefined,
  next: Snapshot,
): Snapshot {
  const before = previous as Record<string, unknown> | undefined
  const kept = next as Record<string, unknown>
  let isSame = true
  for (const [name, value] of Object.entries(kept)) {
    const old = before?.[name]
    if (old === value || hasElementsOf(old, value)) kept[name] = old
    else isSame = false
    if (Array.isArray(value)) Object.freeze(value)
  }
  return previous && isSame ? previous : Object.freeze(next)
}

function hasElementsOf(old: unknown, value: unknown): boolean {
  return (
    Array.isArray(old) &&
    Array.isArray(value) &&
    old.length === value.length &&
    value.every((each, index) => each === old[index])
  )
}
