import { useSocket } from '@yektayar/vue'
import { onScopeDispose } from 'vue'
import type { DeliveryLedger, ReadLog } from '../chat/deliveryLedger.js'
import { tagOf } from '../chat/messageText.js'
import type { Json, RoomLogSnapshot, RoomName } from '../realtimeTypes.js'

/** What `useFollowedLogs` returns. */
export interface UseFollowedLogsReturn {
  /** Reads a room's log until every message that was sent to it is settled. */
  follow(this: void, room: string): void
  /** Reads a room's log until another one is shown. */
  show(this: void, room: string): void
  /** Call this when something became known of a message to a room. */
  update(this: void, room: string): void
}

/** Reads the logs of rooms into a ledger; it stays in a room that is not shown while it has to. */
export function useFollowedLogs(
  ledger: DeliveryLedger,
  onChange: () => void,
): UseFollowedLogsReturn {
  const { client } = useSocket()
  /** What stops following a room, by its name. */
  const followed = new Map<string, () => void>()
  /** The rooms of which an older part is being asked for. */
  const asked = new Set<string>()
  let shown: string | undefined

  function follow(name: string): void {
    if (followed.has(name)) return
    const room = openRoom(name)
    let stop = (): void => undefined
    followed.set(name, () => {
      stop()
      void room.leave()
    })
    room.join().catch(() => undefined) // the conversation shows why
    stop = room.subscribe((snapshot) => {
      const log = readLog(snapshot)
      if (log) ledger.read(name, log)
      update(name)
      void askForOlder(name)
    })
    if (!followed.has(name)) stop() // the first snapshot has settled it
  }

  function openRoom(name: string) {
    return client.room(name as RoomName) // one of those that the page shows
  }

  function update(name: string): void {
    onChange()
    if (name === shown || !ledger.isSettled(name)) return
    followed.get(name)?.()
    followed.delete(name)
  }

  /** Asks the server for the part of a log that has a message, where this page has not read it. */
  async function askForOlder(name: string): Promise<void> {
    const place = ledger.unreadPlace(name)
    if (!place || asked.has(name)) return
    asked.add(name)
    try {
      const { epoch, messages } = await openRoom(name).history({ before: place.seq + 1 })
      ledger.readPart(name, { epoch, messages: messages.map(loggedMessage) })
      update(name)
    } catch {
      // The next change of the room asks again.
    } finally {
      asked.delete(name)
    }
  }

  onScopeDispose(() => {
    for (const stop of followed.values()) stop()
    followed.clear()
  })
  return {
    follow,
    show: (name) => {
      const before = shown
      shown = name
      follow(name)
      if (before !== undefined) update(before)
    },
    update,
  }
}

/** The log's part of a room; entries without an author are not in it yet. */
function readLog({ position, messages }: RoomLogSnapshot): ReadLog | undefined {
  if (!position) return undefined
  return {
    epoch: position.epoch,
    end: position.seq,
    messages: messages.flatMap(({ id, seq, from, data }) =>
      id === null || seq === null || from === null ? [] : [loggedMessage({ id, seq, data })],
    ),
  }
}

function loggedMessage({ id, seq, data }: { id: string; seq: number; data: Json }) {
  return { id, seq, tag: tagOf(data) }
}
