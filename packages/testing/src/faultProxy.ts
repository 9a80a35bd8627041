import type { Fault, Faults } from './faults.js'
import { checkPlan } from './faultPlan.js'
import type { FaultPlanOptions } from './faultPlan.js'
import { FaultRelay } from './faultRelay.js'
import type { Span } from './span.js'

/** Options of `faultProxy`: the server, what is wrong from the start, and what goes wrong later. */
export interface FaultProxyOptions extends FaultPlanOptions {
  /** Address of the server, such as `http://127.0.0.1:3000`. */
  target: string
  /** Decides everything that is drawn. @default drawn, and printed if there is a plan */
  seed?: number | undefined
  /** How much later bytes arrive, each way. @default 0 */
  delayMs?: Span | undefined
  /** How many bytes go at a time, each such slice as a packet. @default all that there are */
  sliceBytes?: Span | undefined
  /** How many bytes go in a second, each way of each connection. @default as many as there are */
  bytesPerSecond?: number | undefined
  /** Told of every fault when it begins, called for or planned. @default none */
  onFault?: ((fault: Fault) => void) | undefined
}

/** A TCP proxy that does to its connections what networks do; `await using` ends it. */
export interface FaultProxy extends Faults, AsyncDisposable {
  /** Where clients find it: the target, but for a free port of 127.0.0.1. */
  readonly url: string
  readonly seed: number
  /** How many connections are open. */
  readonly connections: number
  /** Leads new connections to another server, as a load balancer does; those that are open stay. */
  retarget(target: string): void
}

/**
 * Starts a proxy on a free port. What goes wrong is called for, or planned: the same seed has the
 * same plan, whatever the traffic is.
 *
 * @throws {RangeError} for a number that cannot work
 */
export async function faultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  checkPlan(options)
  const { target, seed = Math.floor(Math.random() * 2 ** 31), delayMs = 0, sliceBytes } = options
  const relay = new FaultRelay(new URL(target), seed, options.onFault)
  relay.delay(delayMs)
  relay.slice(sliceBytes)
  relay.throttle(options.bytesPerSecond)
  await relay.listen()
  if (relay.follow(options) && options.seed === undefined) {
    console.info(`faultProxy: seed ${String(seed)} repeats this plan`)
  }
  return relay
}
