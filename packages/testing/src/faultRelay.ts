import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { FaultCounter } from './faultCounter.js'
import { FaultLink, reset } from './faultLink.js'
import type { Conditions, Direction } from './faultPipe.js'
import { startPlan } from './faultPlan.js'
import type { FaultPlanOptions } from './faultPlan.js'
import type {
  DropOptions,
  Fault,
  Faults,
  HangOptions,
  SilentOptions,
  StallOptions,
  SwallowOptions,
} from './faults.js'
import type { WebConditions } from './faultWeb.js'
import { seededRandom } from './seededRandom.js'
import type { SeededRandom } from './seededRandom.js'
import { checkSpan } from './span.js'
import type { Span } from './span.js'

const PORTAL_PAGE = '<!doctype html><title>Sign in to this network</title>'

const healthyWeb: WebConditions = {
  hang: undefined,
  swallow: undefined,
  isBuffering: false,
  portal: undefined,
}

/** What a fault proxy is made of: its listener, its connections, and the faults that last. */
export class FaultRelay implements Faults, AsyncDisposable {
  readonly seed: number
  #target: URL
  readonly #random: SeededRandom
  readonly #onFault: (fault: Fault) => void
  readonly #counter = new FaultCounter()
  readonly #listener = createServer({ allowHalfOpen: true }, (client) => {
    this.#accept(client)
  })
  readonly #links = new Set<FaultLink>()
  readonly #conditions: Conditions = {
    delayMs: 0,
    sliceBytes: undefined,
    stalled: new Set(),
    silent: new Set(),
    bytesPerSecond: undefined,
    cutAfter: new Map(),
    cutIdleAfterMs: undefined,
    web: { ...healthyWeb },
  }
  readonly #ends = new Map<string, NodeJS.Timeout>()
  #url = ''
  #isDown = false
  #closing: Promise<void> | undefined
  #accepted = 0
  #stopPlan: () => void = () => undefined

  constructor(target: URL, seed: number, onFault: (fault: Fault) => void = () => undefined) {
    this.seed = seed
    this.#target = target
    this.#random = seededRandom(seed)
    this.#onFault = (fault) => {
      this.#counter.add()
      onFault(fault)
    }
  }

  get faults(): number {
    return this.#counter.count
  }

  /** Known once it listens. */
  get url(): string {
    return this.#url
  }

  get connections(): number {
    return this.#links.size
  }

  /** Listens on a free port. */
  async listen(): Promise<void> {
    this.#listener.listen(0, '127.0.0.1')
    await once(this.#listener, 'listening')
    const { port } = this.#listener.address() as AddressInfo // it listens on a port
    this.#url = `${this.#target.protocol}//127.0.0.1:${String(port)}`
  }

  untilFaults(count: number): Promise<void> {
    const reached = this.#counter.until(count)
    reached.catch(() => undefined) // a test that has ended does not wait for it
    return reached
  }

  retarget(target: string): void {
    this.#target = new URL(target)
  }

  /** Starts a plan. Returns whether it contains any fault. */
  follow(plan: FaultPlanOptions): boolean {
    const stop = startPlan(plan, this, this.#random.fork('plan'))
    if (stop) this.#stopPlan = stop
    return stop !== undefined
  }

  reset(): void {
    this.#onFault({ kind: 'reset' })
    for (const link of this.#links) link.reset()
  }

  drop({ forMs = 0 }: DropOptions = {}): void {
    this.#onFault({ kind: 'drop', forMs })
    for (const link of this.#links) link.drop()
    this.#isDown = forMs > 0
    this.#endIn(forMs, 'drop', () => {
      this.#isDown = false
    })
  }

  stall({ direction = 'both', forMs = Infinity }: StallOptions = {}): void {
    this.#onFault({ kind: 'stall', direction, forMs })
    for (const one of waysOf(direction)) {
      this.#conditions.stalled.add(one)
      this.#endIn(forMs, `stall ${one}`, () => {
        this.#conditions.stalled.delete(one)
        this.#pump()
      })
    }
  }

  silent({ direction = 'both', forMs = Infinity }: SilentOptions = {}): void {
    this.#onFault({ kind: 'silent', direction, forMs })
    for (const one of waysOf(direction)) {
      for (const link of this.#links) link.mute(one)
      this.#conditions.silent.add(one)
      this.#endIn(forMs, `silent ${one}`, () => {
        this.#conditions.silent.delete(one)
      })
    }
  }

  halfClose(direction: Direction): void {
    this.#onFault({ kind: 'halfClose', direction })
    for (const link of this.#links) link.halfClose(direction)
  }

  delay(delayMs: Span): void {
    checkSpan('delayMs', delayMs, 0)
    this.#conditions.delayMs = delayMs
  }

  slice(sliceBytes: Span | undefined): void {
    checkSpan('sliceBytes', sliceBytes, 1)
    this.#conditions.sliceBytes = sliceBytes
  }

  throttle(bytesPerSecond: number | undefined): void {
    checkSpan('bytesPerSecond', bytesPerSecond, 1)
    this.#conditions.bytesPerSecond = bytesPerSecond
  }

  cutAfter(bytes: number | undefined, direction: Direction): void {
    checkSpan('bytes', bytes, 0)
    if (bytes === undefined) this.#conditions.cutAfter.delete(direction)
    else this.#conditions.cutAfter.set(direction, bytes)
    for (const link of this.#links) link.cutAfter(bytes ?? Infinity, direction)
  }

  cutIdle(afterMs: number | undefined): void {
    checkSpan('afterMs', afterMs, 1)
    this.#conditions.cutIdleAfterMs = afterMs
  }

  hang({ traffic = 'websocket' }: HangOptions = {}): void {
    this.#onFault({ kind: 'hang', traffic })
    this.#conditions.web.hang = traffic
  }

  swallow({ traffic = 'websocket', afterBytes = 0 }: SwallowOptions = {}): void {
    checkSpan('afterBytes', afterBytes, 0)
    this.#onFault({ kind: 'swallow', traffic, afterBytes })
    this.#conditions.web.swallow = { traffic, afterBytes }
  }

  buffer(): void {
    this.#onFault({ kind: 'buffer' })
    this.#conditions.web.isBuffering = true
  }

  captivePortal(html = PORTAL_PAGE): void {
    this.#onFault({ kind: 'captivePortal' })
    this.#conditions.web.portal = html
  }

  heal(): void {
    this.#stopPlan()
    this.#conditions.cutIdleAfterMs = undefined
    Object.assign(this.#conditions.web, healthyWeb)
    for (const timer of this.#ends.values()) clearTimeout(timer)
    this.#isDown = false
    this.#conditions.stalled.clear()
    this.#conditions.delayMs = 0
    this.#conditions.sliceBytes = undefined
    this.#conditions.silent.clear()
    this.#conditions.bytesPerSecond = undefined
    for (const direction of waysOf('both')) this.cutAfter(undefined, direction)
    this.#pump()
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.heal()
    this.#counter.close()
    const closed = once(this.#listener, 'close')
    this.#listener.close()
    for (const link of this.#links) link.drop()
    await closed
  }

  #accept(client: Socket): void {
    if (this.#isDown) {
      client.on('error', () => undefined) // being reset anyway
      reset(client)
      return
    }
    const { hostname, port, protocol } = this.#target
    const server = connect({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(port) || (protocol === 'https:' ? 443 : 80),
      allowHalfOpen: true,
    })
    const random = this.#random.fork(`connection ${String(++this.#accepted)}`)
    const link = new FaultLink(client, server, this.#conditions, random, () => {
      this.#links.delete(link)
    })
    this.#links.add(link)
  }

  /** Ends a lasting fault after a time; a newer fault of the same kind replaces the timer. */
  #endIn(forMs: number, kind: string, end: () => void): void {
    clearTimeout(this.#ends.get(kind))
    if (forMs < Infinity) this.#ends.set(kind, setTimeout(end, forMs))
  }

  #pump(): void {
    for (const link of this.#links) link.pump()
  }
}

function waysOf(direction: Direction | 'both'): readonly Direction[] {
  return direction === 'both' ? ['toServer', 'toClient'] : [direction]
}
