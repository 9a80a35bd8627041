import type { Json, RoomPresence } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import { RoomMembers } from '../src/rooms/roomMembers.js'
import type { MemberList } from '../src/rooms/roomMembers.js'
import { range } from './support/range.js'

const ROOM = 'public:lobby'
const bounds = { maxNamed: 10, namedAgain: 8, maxBytes: 10_000 }

function shown(value: Json, at: number) {
  return { value, json: JSON.stringify(value), at }
}

/** What somebody in the room makes of what they are told. */
class View {
  readonly members = new Map<string, unknown>()
  count: number
  #version: number

  constructor(list: MemberList) {
    for (const { id, presence } of list.members) this.members.set(id, presence)
    this.count = list.memberCount
    this.#version = list.membersVersion
  }

  take({ present, gone, isWhole, memberCount, membersVersion }: RoomPresence): void {
    expect(membersVersion).toBeGreaterThan(this.#version)
    this.#version = membersVersion
    if (isWhole) this.members.clear()
    for (const { id, presence } of present) this.members.set(id, presence)
    for (const id of gone) this.members.delete(id)
    this.count = memberCount
  }
}

/** A room with one who is there all the time, and all who have got a list of it. */
function openRoom(own = bounds) {
  const room = new RoomMembers(own, 0)
  const views: View[] = []
  let version = 0
  const told: RoomPresence[] = []
  room.enter('own')
  return {
    room,
    views,
    told,
    join: (member = 'own') => {
      const view = new View(room.list(member))
      views.push(view)
      return view
    },
    /** Tells all changes. */
    tell: () => {
      for (let change = room.next(ROOM, ++version); change; change = room.next(ROOM, ++version)) {
        told.push(change)
        for (const view of views) view.take(change)
      }
    },
  }
}

describe('the members of a room', () => {
  it('are told once for all changes of an interval, and not if nothing is different after it', () => {
    const { room, told, tell } = openRoom()
    for (const n of range(1, 5)) room.enter(`user:${String(n)}`)
    room.leave('user:5')
    tell()
    expect(told).toHaveLength(1)
    expect(told[0]?.present.map(({ id }) => id)).toEqual([
      'own',
      ...range(1, 4).map((n) => `user:${String(n)}`),
    ])
    room.leave('user:1')
    room.enter('user:1')
    tell()
    expect(told).toHaveLength(1)
  })

  it('come and go in one change where a member has another name', () => {
    const { room, told, tell } = openRoom()
    tell()
    room.enter('user:sara')
    room.leave('own')
    tell()
    expect(told[1]).toMatchObject({ present: [{ id: 'user:sara' }], gone: ['own'], memberCount: 1 })
  })

  it.each([
    [
      'who came',
      (room: RoomMembers) => (
        room.enter('user:a'),
        () => {
          room.leave('user:a')
        }
      ),
    ],
    [
      'who showed something',
      (room: RoomMembers) => {
        room.show('own', shown('new', 1))
        return () => {
          room.show('own', shown('old', 2))
        }
      },
    ],
  ])(
    'are right for one who got a list in between of somebody %s, which did not last',
    (_what, begin) => {
      const { room, join, tell, views } = openRoom()
      room.show('own', shown('old', 0))
      tell()
      const end = begin(room)
      join()
      end()
      tell()
      expect([...(views[0]?.members ?? [])]).toEqual([['own', 'old']])
      expect(views[0]?.count).toBe(1)
    },
  )

  it('show the newest that they have set anywhere, and keep it', () => {
    const { room, join } = openRoom()
    room.show('own', shown('here', 5))
    expect(room.placeOthers(new Map([['own', shown('earlier elsewhere', 4)]]))).toEqual([])
    expect(join().members.get('own')).toBe('here')
    expect(room.placeOthers(new Map([['own', shown('later elsewhere', 6)]]))).toEqual(['own'])
    expect(room.placeOthers(new Map())).toEqual([])
    expect(join().members.get('own')).toBe('later elsewhere')
  })

  it('are there as long as they are on any node', () => {
    const { room, join } = openRoom()
    room.placeOthers(
      new Map([
        ['own', undefined],
        ['user:a', undefined],
      ]),
    )
    room.leave('own')
    expect([...join('user:a').members.keys()]).toEqual(['own', 'user:a'])
    room.placeOthers(new Map([['user:a', undefined]]))
    expect([...join('user:a').members.keys()]).toEqual(['user:a'])
  })

  it('are told in parts where they are too much for one change', () => {
    const { room, told, tell, join } = openRoom({ ...bounds, maxBytes: 1_000 })
    tell()
    const view = join()
    for (const n of range(1, 5)) {
      room.enter(`user:${String(n)}`)
      room.show(`user:${String(n)}`, shown('x'.repeat(400), n))
    }
    tell()
    expect(told).toHaveLength(4)
    expect(told[1]).toMatchObject({ memberCount: 6 })
    expect(view.members.size).toBe(6)
  })
})

describe('a crowd', () => {
  function crowd() {
    const opened = openRoom()
    opened.tell()
    for (const n of range(1, 10)) opened.room.enter(`user:${String(n)}`)
    return opened
  }

  it('is counted, and lists those who speak', () => {
    const { room, told, tell, join } = crowd()
    tell()
    expect(told[1]).toMatchObject({ memberCount: 11, present: [], isWhole: true })
    room.spoke('user:3')
    room.spoke('user:unknown')
    tell()
    expect(told[2]).toMatchObject({ memberCount: 11, present: [{ id: 'user:3' }], gone: [] })
    expect([...join('user:5').members.keys()]).toEqual(['user:3', 'user:5'])
    for (const n of range(1, 10)) room.spoke(`user:${String(n)}`)
    tell()
    const { members } = join('user:5')
    expect(members.size).toBe(8)
    expect(members.has('user:2')).toBe(false)
  })

  it('lists all again once it is well below the bound', () => {
    const { room, told, tell } = crowd()
    tell()
    room.leave('user:1')
    room.leave('user:2')
    tell()
    expect(told.at(-1)).toMatchObject({ memberCount: 9, present: [] })
    room.leave('user:3')
    tell()
    expect(told.at(-1)).toMatchObject({ memberCount: 8, isWhole: true })
    expect(told.at(-1)?.present).toHaveLength(8)
  })

  it('has the count of the moment for who comes, also if it is the same again then', () => {
    const { room, tell, join } = crowd()
    tell()
    room.enter('user:11')
    const view = join('user:11')
    room.leave('user:4')
    tell()
    expect(view.count).toBe(11)
  })

  it('that was one for a moment only is told as what it is', () => {
    const { room, tell, join } = openRoom()
    for (const n of range(1, 9)) room.enter(`user:${String(n)}`)
    tell()
    room.enter('user:10')
    const view = join('user:10')
    expect(view.members.size).toBeLessThan(11)
    room.leave('user:1')
    tell()
    expect(view.members.size).toBe(10)
  })
})

it('ends in what is true for all who have got a list, whatever comes and goes', () => {
  let seed = 7
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  for (let round = 0; round < 40; round++) {
    const { room, views, join, tell } = openRoom({ ...bounds, maxBytes: round % 2 ? 10_000 : 300 })
    const here = new Map<string, unknown>([['own', undefined]])
    for (let step = 1; step <= 300; step++) {
      const member = `user:${String(random(13))}`
      if (here.has(member) && random(2)) {
        room.show(member, shown(step, step))
        here.set(member, step)
      } else if (here.has(member)) {
        room.leave(member)
        here.delete(member)
      } else {
        room.enter(member)
        here.set(member, undefined)
      }
      if (random(4) === 0) room.spoke(member)
      if (random(6) === 0) join()
      if (random(5) === 0) tell()
    }
    for (const [member] of [...here].slice(0, -5)) {
      if (member === 'own') continue
      room.leave(member)
      here.delete(member)
    }
    tell()
    const truth = [...here].sort()
    for (const { members, count } of views) {
      expect(count).toBe(here.size)
      expect([...members].sort()).toEqual(truth)
    }
  }
})
