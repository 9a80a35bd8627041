import { describe, expect, it } from 'vitest'
import { HeadSchedule } from '../src/rooms/headSchedule.js'
import { range } from './support/range.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

const headAt = (seq: number, room = ROOM, epoch = 'first') => ({ room, epoch, seq })

describe('the end of a log is announced', () => {
  it('four times with growing pauses, then not until the log grows', () => {
    const schedule = new HeadSchedule()
    const roundsOf = (seq: number, first: number, last: number) =>
      range(first, last).filter(() => schedule.next([headAt(seq)]).length > 0)
    expect(roundsOf(1, 1, 200)).toEqual([1, 3, 7, 15])
    expect(roundsOf(2, 201, 204)).toEqual([201, 203])
    expect(roundsOf(3, 205, 400)).toEqual([205, 207, 211, 219])
  })

  it('for each room by itself, and anew in a store that was restored', () => {
    const schedule = new HeadSchedule()
    const [a, b] = [headAt(1, 'public:a'), headAt(1, 'public:b')]
    for (let round = 0; round < 20; round++) schedule.next([a, b])
    const grown = headAt(2, 'public:b')
    expect(schedule.next([a, grown])).toEqual([grown])
    const restored = headAt(2, 'public:b', 'second')
    expect(schedule.next([a, restored])).toEqual([restored])
  })

  it('anew for a room that nobody was in meanwhile', () => {
    const schedule = new HeadSchedule()
    for (let round = 0; round < 20; round++) schedule.next([headAt(1)])
    schedule.next([])
    expect(schedule.next([headAt(1)])).toHaveLength(1)
  })

  it('to members, who hear nothing more once the room is silent', async () => {
    await using context = await startServer({ limits: { roomHeadIntervalMs: 20 } })
    const client = await roomClient(context)
    const seqs: (number | undefined)[] = []
    client.socket.on('room:head', ({ heads }) => seqs.push(...heads.map(({ seq }) => seq)))
    const silence = () => new Promise((resolve) => setTimeout(resolve, 600)) // 30 intervals
    await client.join(ROOM)
    await client.send(ROOM, 'a')
    await silence()
    const after = seqs.length
    expect(seqs.filter((seq) => seq === 1)).toHaveLength(4)
    await silence()
    expect(seqs).toHaveLength(after)
    await client.send(ROOM, 'b')
    await silence()
    expect(seqs.slice(after)).toEqual([2, 2, 2, 2])
  })
})
