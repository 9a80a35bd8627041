import type { NodeEvent } from '../../emittedEvent.js'

/** How many events wait to be told, and their bytes. */
const MAX_EVENTS = 10_000
const MAX_BYTES = 32 * 1024 * 1024

/** An event and its JSON. */
export interface QueuedEvent {
  readonly event: NodeEvent
  readonly body: string
}

/** Events that wait to be told, in order. Where there are too many, the oldest are dropped. */
export class EventQueue {
  /** How many were dropped since the start. */
  dropped = 0
  #events: QueuedEvent[] = []
  #bytes = 0

  push(event: NodeEvent): void {
    this.#add([{ event, body: JSON.stringify(event) }])
  }

  /** Puts back in front what could not be told, but for who is typing, which is old by then. */
  putBack(events: readonly QueuedEvent[]): void {
    this.#add([...events.filter(({ event }) => !('typing' in event)), ...this.take()])
  }

  get length(): number {
    return this.#events.length
  }

  /** Empties it. */
  take(): QueuedEvent[] {
    const events = this.#events
    this.#events = []
    this.#bytes = 0
    return events
  }

  #add(events: readonly QueuedEvent[]): void {
    this.#events.push(...events)
    for (const { body } of events) this.#bytes += body.length
    while (this.#events.length > MAX_EVENTS || this.#bytes > MAX_BYTES) {
      this.#bytes -= this.#events.shift()?.body.length ?? 0
      this.dropped++
    }
  }
}
