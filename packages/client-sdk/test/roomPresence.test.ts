import { afterEach, describe, expect, it, vi } from 'vitest'
import { RoomPresence } from '../src/rooms/roomPresence.js'
import { ROOM_MAX_PEOPLE, ROOM_MAX_WAITING, TYPING_LIFETIME_MS } from '../src/shared/limits.js'
import { numbers } from './support/numbers.js'

afterEach(() => {
  vi.useRealTimers()
})

function start() {
  const changed = vi.fn()
  return { presence: new RoomPresence({ isSelf: (id) => id === 'self', changed }), changed }
}

function person(id: string) {
  return { id, presence: null }
}

/** The list of a join, as far as presence reads it. */
function joined(ids: readonly string[], membersVersion = 1) {
  return { members: ids.map(person), memberCount: ids.length, membersVersion } as never
}

/** A change by which one member comes. */
function arrival(id: string, membersVersion: number) {
  return { present: [person(id)], gone: [], memberCount: 1, membersVersion } as never
}

function idsIn({ members }: RoomPresence): string[] {
  return members.map(({ id }) => id)
}

describe('the presence of a room', () => {
  it('lists so many people at the most', () => {
    const { presence } = start()
    presence.setMembers(joined(numbers(1, ROOM_MAX_PEOPLE + 2).map(String)))
    expect(presence.members).toHaveLength(ROOM_MAX_PEOPLE)
    expect(presence.count).toBe(ROOM_MAX_PEOPLE + 2)
    presence.applyPresence(arrival('late', 2))
    expect(idsIn(presence)).not.toContain('late')
  })

  it('keeps the newest changes that come while it waits for the list', () => {
    const { presence } = start()
    presence.awaitMembers()
    for (const n of numbers(1, ROOM_MAX_WAITING + 1))
      presence.applyPresence(arrival(String(n), n + 10))
    expect(presence.members).toEqual([])
    presence.setMembers(joined(['first']))
    const ids = idsIn(presence)
    expect(ids).toHaveLength(ROOM_MAX_WAITING + 1)
    expect(ids.slice(0, 2)).toEqual(['first', '2'])
  })

  it('drops changes that are in the list already', () => {
    const { presence } = start()
    presence.awaitMembers()
    presence.applyPresence(arrival('known', 5))
    presence.applyPresence(arrival('new', 6))
    presence.setMembers(joined(['first'], 5))
    expect(idsIn(presence)).toEqual(['first', 'new'])
  })

  it('removes each who types no more, also those who began later', () => {
    vi.useFakeTimers()
    const { presence } = start()
    presence.typing('sara', true)
    vi.advanceTimersByTime(TYPING_LIFETIME_MS / 2)
    presence.typing('omid', true)
    expect(presence.typists).toEqual(['sara', 'omid'])
    vi.advanceTimersByTime(TYPING_LIFETIME_MS / 2)
    expect(presence.typists).toEqual(['omid'])
    vi.advanceTimersByTime(TYPING_LIFETIME_MS)
    expect(presence.typists).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})
