import { useSocketEvent } from '@yektayar/vue'
import type { EventLog } from './useEventLog.js'
import { useStatusChanges } from './useStatusChanges.js'

/** All events of the core contract. */
const shownEvents = [
  'connected',
  'command:failed',
  'server:draining',
  'session:changed',
  'session:ended',
] as const

/** Writes each change of the status and each event of the server into a log. */
export function useConnectionLog({ add }: Pick<EventLog, 'add'>): void {
  useStatusChanges((change) => {
    add({ kind: 'status', ...change })
  })

  for (const name of shownEvents) {
    useSocketEvent(name, (payload) => {
      add({ kind: 'event', name, payload: onOneLine(payload) })
    })
  }
}

/** JSON with spaces, so that it wraps between its fields. */
function onOneLine(payload: object): string {
  return JSON.stringify(payload, undefined, 1).replaceAll(/\n\s*/g, ' ')
}
