/** How processes tell each other of what they have written. */
export interface BusState {
  /** Whether this process hears what comes by NOTIFY. */
  readonly notify: boolean
  /** The time since it last heard something by it; it hears its own ping each second. */
  readonly heardAgoMs: number
  /** The same of Redis; `undefined` where there is none. */
  readonly redis: boolean | undefined
  /** How many other processes were heard lately. */
  readonly peers: number
  /** How often something was sent by each, since the start. */
  readonly sentByNotify: number
  readonly sentByRedis: number
  /** How often Redis did not take what it was to carry, so that NOTIFY did. */
  readonly failovers: number
  readonly heard: number
  /** Events that were dropped, since too many waited. */
  readonly droppedEvents: number
}
