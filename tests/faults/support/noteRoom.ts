import type { ClientRoom } from '@yektayar/client'

/**
 * Records what a room shows after its first join: the `seq` of each message, including those that a
 * join or reset starts with, and the reason of each reset.
 */
export function noteRoom(room: ClientRoom): readonly (number | string)[] {
  const noted: (number | string)[] = []
  let hasBegun = false
  const begin = (): void => {
    hasBegun = true
    // Own messages have none until they are delivered.
    noted.push(...room.messages.flatMap(({ seq }) => seq ?? []))
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

/** The integers from `first` to `last`, both included. */
export function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
