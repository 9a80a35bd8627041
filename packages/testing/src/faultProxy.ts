import type { Fault, Faults } from './faults.js'
import { checkPlan } from './faultPlan.js'
import type { FaultPlanOptions } from './faultPlan.js'
import { FaultRelay } from './faultRelay.js'
import type { Span } from './span.js'

/** Options of `faultProxy`: the server, initial conditions, and planned faults. */
export interface FaultProxyOptions extends FaultPlanOptions {
  /** The address of the server, such as `http://127.0.0.1:3000`. */
  target: string
  /** The seed of all random values. @default a random one, which is printed if there is a plan */
  seed?: number | undefined
  /** The delay of bytes in each direction, in milliseconds. @default 0 */
  delayMs?: Span | undefined
  /** How many bytes are passed on at a time, each slice as a packet. @default all */
  sliceBytes?: Span | undefined
  /** The bytes per second in each direction of each connection. @default no limit */
  bytesPerSecond?: number | undefined
  /** Called at the start of every fault, planned or not. @default none */
  onFault?: ((fault: Fault) => void) | undefined
}

/** A TCP proxy that simulates network faults; `await using` ends it. */
export interface FaultProxy extends Faults, AsyncDisposable {
  /** The address for clients: a free port of 127.0.0.1, with the protocol of the target. */
  readonly url: string
  readonly seed: number
  /** How many connections are open. */
  readonly connections: number
  /** How many faults there were so far, planned or not. */
  readonly faults: number
  /**
   * Resolves once there were so many faults since the start; `faults + 1` waits for the next.
   *
   * @throws {RangeError} unless the count is a whole number from 1
   * @throws {Error} if the proxy is closed before
   */
  untilFaults(count: number): Promise<void>
  /** Directs new connections to another server, like a load balancer; open ones stay. */
  retarget(target: string): void
  /** Ends it with all its connections: what `await using` does. */
  close(): Promise<void>
}

/**
 * Starts a proxy on a free port. Faults are called for or planned. The same seed repeats the same
 * plan, independent of the traffic.
 *
 * @throws {RangeError} for an invalid number
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
