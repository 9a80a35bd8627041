import type { ClientRoom } from '@yektayar/client'

/**
 * Notes what a room shows from its first join on: the `seq` of each message, those included that a
 * join or a reset begins with, and the reason of each reset.
 */
export function noteRoom(room: ClientRoom): readonly (number | string)[] {
  const noted: (number | string)[] = []
  let hasBegun = false
  const begin = (): void => {
    hasBegun = true
    noted.push(...room.messages.flatMap(({ seq }) => seq ?? [])) // own ones on their way have none
  }
  room.on('reset', ({ reason }) => {
    noted.push(reason)
    begin()
  })
  room.on('continuity', () => {
    if (!hasBegun) begin()
  })
  room.on('message', ({ seq }) => {
    noted.push(seq)
  })
  return noted
}

/** The whole numbers from one to another. */
export function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
