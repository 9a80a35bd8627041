import { inject, provide, readonly, shallowRef } from 'vue'
import type { InjectionKey, Ref } from 'vue'
import type { ConnectionStatus, ErrorCode, ShownCommandName } from '../realtimeTypes.js'

/** What the user did to the connection on purpose, as the key of a text. */
export type FaultName = 'cutDone' | 'deafStarted' | 'deafDone' | 'endDone'

/** Something that happened, without its number and time. */
type LogFact =
  | {
      readonly kind: 'status'
      readonly from: ConnectionStatus
      readonly to: ConnectionStatus
      readonly reason: ErrorCode | null
    }
  | { readonly kind: 'fault'; readonly name: FaultName }
  | { readonly kind: 'event'; readonly name: string; readonly payload: string }
  | {
      readonly kind: 'command'
      readonly name: ShownCommandName
      readonly outcome: 'sent' | 'answered' | 'failed'
      readonly tookMs?: number
      readonly code?: ErrorCode
    }

/** One line of the log. */
export type LogEntry = LogFact & { readonly id: number; readonly at: number }

/** What `useEventLog` returns. */
export interface EventLog {
  /** Newest first, at most {@link MAX_LOG_ENTRIES}. */
  readonly entries: Readonly<Ref<readonly LogEntry[]>>
  add(this: void, fact: LogFact): void
  clear(this: void): void
}

/** The most lines; new lines replace the oldest. */
const MAX_LOG_ENTRIES = 200

const eventLogKey: InjectionKey<EventLog> = Symbol('event-log')

/** Creates the log of the page and provides it to all components below. */
export function provideEventLog(): EventLog {
  const entries = shallowRef<readonly LogEntry[]>([])
  let count = 0
  const log: EventLog = {
    entries: readonly(entries),
    add: (fact) => {
      const entry = { ...fact, id: count++, at: Date.now() }
      entries.value = [entry, ...entries.value].slice(0, MAX_LOG_ENTRIES)
    },
    clear: () => {
      entries.value = []
    },
  }
  provide(eventLogKey, log)
  return log
}

/**
 * The log of the page.
 *
 * @throws {Error} outside the component that provides it
 */
export function useEventLog(): EventLog {
  const log = inject(eventLogKey, undefined)
  if (log) return log
  throw new Error('No event log here: call provideEventLog() in a component above')
}
