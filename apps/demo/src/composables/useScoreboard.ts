import { inject, provide, shallowReadonly, shallowRef, toValue, watch } from 'vue'
import type { InjectionKey, MaybeRefOrGetter, ShallowRef } from 'vue'
import { DeliveryLedger } from '../chat/deliveryLedger.js'
import type { Score } from '../chat/deliveryLedger.js'
import { useFollowedLogs } from './useFollowedLogs.js'

/** What `useScoreboard` returns. */
export interface UseScoreboardReturn {
  readonly score: Readonly<ShallowRef<Score>>
  /** Since when it counts, in milliseconds since 1970. */
  readonly since: number
  /** Reads the log of a room for as long as it is the shown one. */
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
  const ledger = new DeliveryLedger(randomId())
  const score = shallowRef(ledger.score)
  const { follow, show, update } = useFollowedLogs(ledger, () => {
    score.value = ledger.score
  })

  async function settle<Result>(room: string, tag: string, work: Promise<Result>): Promise<Result> {
    follow(room)
    update(room)
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
    watchRoom: (room) => {
      watch(() => toValue(room), show, { immediate: true })
    },
    send: (room, work) => {
      const tag = ledger.begin(room)
      return settle(room, tag, work(tag))
    },
    sendAgain: (tag, work) => {
      const room = ledger.repeat(tag)
      return room === undefined ? work() : settle(room, tag ?? '', work())
    },
  }
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

function randomId(): string {
  // `crypto.randomUUID()` is missing where a page is not served over HTTPS, as in a local network.
  return crypto.getRandomValues(new Uint32Array(3)).join('-')
}
