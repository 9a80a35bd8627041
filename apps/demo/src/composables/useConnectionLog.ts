import { useSocket, useSocketEvent } from '@yektayar/vue'
import { onScopeDispose } from 'vue'
import type { EventLog } from './useEventLog.js'

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
  const { client } = useSocket()
  // Not a watcher: it would see only the last of several changes in one turn of the event loop.
  const stop = client.onStatus(({ from, to, reason }) => {
    if (from !== to) add({ kind: 'status', from, to, reason })
  })
  onScopeDispose(stop)

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
