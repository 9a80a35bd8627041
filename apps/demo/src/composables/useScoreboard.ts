import { useSocket } from '@yektayar/vue'
import { inject, onScopeDispose, provide, shallowReadonly, shallowRef, toValue, watch } from 'vue'
import type { InjectionKey, MaybeRefOrGetter, ShallowRef } from 'vue'
import { DeliveryLedger } from '../chat/deliveryLedger.js'
import type { ReadLog, Score } from '../chat/deliveryLedger.js'
import { tagOf } from '../chat/messageText.js'
import type { RoomLogSnapshot } from '../realtimeTypes.js'

/** What `useScoreboard` returns. */
export interface UseScoreboardReturn {
  readonly score: Readonly<ShallowRef<Score>>
  /** Since when it counts, in milliseconds since 1970. */
  readonly since: number
  /** Reads the log of a room for as long as the current scope shows it. */
  watchRoom(this: void, room: MaybeRefOrGetter<string>): void
  /** Counts a message, which has to carry the tag, and follows it into the room's log. */
  send<Result>(this: void, room: string, work: (tag: string) => Promise<Result>): Promise<Result>
  /** Follows a message that is sent again; without a tag of this page it counts nothing. */
  sendAgain(this: void, tag: string | undefined, work: () => Promise<unknown>): Promise<unknown>
}

const scoreboardKey: InjectionKey<UseScoreboardReturn> = Symbol('scoreboard')

/**
 * Provides the count of what became of this page's messages. It begins anew with each page, since a
 * page knows nothing for certain of what an earlier one has sent.
 */
export function provideScoreboard(): UseScoreboardReturn {
  const { client } = useSocket()
  const ledger = new DeliveryLedger(randomId())
  const score = shallowRef(ledger.score)
  /** What stops following a room, by its name. */
  const followed = new Map<string, () => void>()
  let shown: string | undefined

  /** Stays in a room until its log has all messages that were sent to it, also when it is not shown. */
  function follow(name: string): void {
    if (followed.has(name)) return
    const room = client.room(name)
    const look = (): void => {
      const log = readLog(room.snapshot)
      if (log) ledger.read(name, log)
      update(name)
    }
    const stop = room.on('change', look)
    followed.set(name, () => {
      stop()
      void room.leave()
    })
    room.join().catch(() => undefined) // the conversation shows why
    look()
  }

  function update(name: string): void {
    score.value = ledger.score
    if (name === shown || !ledger.isSettled(name)) return
    followed.get(name)?.()
    followed.delete(name)
  }

  function watchRoom(room: MaybeRefOrGetter<string>): void {
    watch(
      () => toValue(room),
      (name, before) => {
        shown = name
        follow(name)
        if (before !== undefined) update(before)
      },
      { immediate: true },
    )
  }

  async function settle<Result>(room: string, tag: string, work: Promise<Result>): Promise<Result> {
    follow(room)
    try {
      const receipt = await work
      ledger.confirm(tag, receipt as { epoch: string; seq: number }) // of `room:send`
      return receipt
    } catch (error) {
      ledger.fail(tag)
      throw error
    } finally {
      update(room)
    }
  }

  const scoreboard: UseScoreboardReturn = {
    score: shallowReadonly(score),
    since: Date.now(),
    watchRoom,
    send: (room, work) => {
      const tag = ledger.begin(room)
      score.value = ledger.score
      return settle(room, tag, work(tag))
    },
    sendAgain: (tag, work) => {
      const room = ledger.repeat(tag)
      return room === undefined ? work() : settle(room, tag ?? '', work())
    },
  }
  onScopeDispose(() => {
    for (const stop of followed.values()) stop()
    followed.clear()
  })
  provide(scoreboardKey, scoreboard)
  return scoreboard
}

/**
 * The count of what became of this page's messages.
 *
 * @throws {Error} outside the component that provides it
 */
export function useScoreboard(): UseScoreboardReturn {
  const scoreboard = inject(scoreboardKey, undefined)
  if (scoreboard) return scoreboard
  throw new Error('No scoreboard here: call provideScoreboard() in a component above')
}

/** The log's part of a room; entries without an author are not in it yet. */
function readLog({ position, messages }: RoomLogSnapshot): ReadLog | undefined {
  if (!position) return undefined
  return {
    epoch: position.epoch,
    end: position.seq,
    messages: messages.flatMap(({ id, seq, from, data }) =>
      id === null || seq === null || from === null ? [] : [{ id, seq, tag: tagOf(data) }],
    ),
  }
}

function randomId(): string {
  // `crypto.randomUUID()` is missing where a page is not served over HTTPS, as in a local network.
  return crypto.getRandomValues(new Uint32Array(3)).join('-')
}
