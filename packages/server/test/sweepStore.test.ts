import { pino } from 'pino'
import { expect, it, vi } from 'vitest'
import { startSweeper } from '../src/app/sweepStore.js'
import { SurplusNotes } from '../src/rooms/surplusNotes.js'
import { defaultLimits } from '../src/shared/limits.js'

/** A sweeper over a store that only counts, and the state of its process. */
function start(isLeading: boolean) {
  const state = { isLeading, begin: (): void => undefined }
  const touchAll = vi.fn(() => Promise.resolve())
  const sweep = vi.fn(() => Promise.resolve(0))
  const upkeep = {
    trimRoom: vi.fn(() => Promise.resolve({ rows: 1, isDone: true })),
    longRoomsAfter: vi.fn(() => Promise.resolve({ rooms: ['long'], next: undefined })),
    removeOldMessages: vi.fn(() => Promise.resolve({ rows: 0, rooms: 0, isDone: true })),
    removeOldAnswers: vi.fn(() => Promise.resolve(true)),
    removeOldOutboxes: vi.fn(() => Promise.resolve(undefined)),
  }
  const surplus = new SurplusNotes(10)
  const leadership = {
    leads: () => state.isLeading,
    onLead: (listener: () => void) => {
      state.begin = listener
    },
  }
  const stop = startSweeper({
    sessions: { touchAll, sweep } as never,
    store: { upkeep, leadership } as never,
    clock: { look: () => Promise.resolve(1_000) } as never,
    surplus,
    connectedIds: () => ['session'],
    intervalMs: 20,
    limits: defaultLimits,
    log: pino({ level: 'silent' }),
  })
  return { state, touchAll, sweep, upkeep, surplus, [Symbol.asyncDispose]: stop }
}

const grown = { room: 'grown', seq: 11 } as never

it('a process that does not lead records its sessions and trims its own rooms, and no more', async () => {
  await using sweeper = start(false)
  sweeper.surplus.note([grown])
  await vi.waitFor(() => {
    expect(sweeper.touchAll.mock.calls.length).toBeGreaterThan(2)
  })
  expect(sweeper.touchAll).toHaveBeenCalledWith(['session'])
  expect(sweeper.upkeep.trimRoom.mock.calls).toEqual([['grown']])
  expect(sweeper.sweep).not.toHaveBeenCalled()
  expect(sweeper.upkeep.longRoomsAfter).not.toHaveBeenCalled()
  expect(sweeper.upkeep.removeOldMessages).not.toHaveBeenCalled()
  expect(sweeper.upkeep.removeOldOutboxes).not.toHaveBeenCalled()
})

it('a process that begins to lead sweeps at once, and looks at all rooms once', async () => {
  await using sweeper = start(false)
  await vi.waitFor(() => {
    expect(sweeper.touchAll.mock.calls.length).toBeGreaterThan(1)
  })
  sweeper.state.isLeading = true
  sweeper.state.begin()
  await vi.waitFor(() => {
    expect(sweeper.sweep.mock.calls.length).toBeGreaterThan(2)
  })
  expect(sweeper.upkeep.longRoomsAfter).toHaveBeenCalledTimes(1)
  expect(sweeper.upkeep.trimRoom).toHaveBeenCalledWith('long')
  expect(sweeper.upkeep.removeOldMessages).toHaveBeenCalledWith(1_000)
})
