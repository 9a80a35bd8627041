import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createActivityNotes } from '../src/sessions/activityNotes.js'
import { CommandError } from '../src/shared/commandError.js'
import type { SessionStore } from '../src/store/store.js'
import { startCounting } from './support/countingServer.js'
import { connected } from './support/server.js'

const MINUTE_MS = 60_000

function openNotes() {
  const touch = vi.fn<SessionStore['touch']>().mockResolvedValue()
  const failures: unknown[] = []
  const notes = createActivityNotes({
    store: { now: Date.now, sessions: { touch } as unknown as SessionStore },
    limits: { activityResolutionMs: MINUTE_MS },
    onFailure: (error) => failures.push(error),
  })
  return { notes, touch, failures }
}

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `session-${String(index)}`)
}

describe('the activity of sessions', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('of 2,000 clients that come back is recorded in 4 writes, for which nobody waits', async () => {
    const { notes, touch } = openNotes()
    const now = Date.now()
    for (const id of ids(2_000)) expect(notes.arrived(id, now - 10 * MINUTE_MS)).toBe(now)
    expect(touch).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(touch).toHaveBeenCalledTimes(4)
    expect(touch.mock.calls.flatMap(([some]) => some)).toEqual(ids(2_000))
    expect(touch.mock.calls.every(([, at]) => at === now)).toBe(true)
  })

  it('is not recorded of a client that was here within the last minute', async () => {
    const { notes, touch } = openNotes()
    const seenAt = Date.now() - MINUTE_MS + 1
    expect(notes.arrived('a', seenAt)).toBe(seenAt)
    expect(notes.used('a', seenAt, Date.now())).toBe(seenAt)
    notes.left('a', seenAt)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(touch).not.toHaveBeenCalled()
  })

  it('of commands in one turn is recorded in one write, for which they wait', async () => {
    const { notes, touch } = openNotes()
    const now = Date.now()
    const used = ids(100).map((id) => Promise.resolve(notes.used(id, 0, now)))
    await vi.advanceTimersToNextTimerAsync()
    expect(await Promise.all(used)).toEqual(used.map(() => now))
    expect(touch.mock.calls).toEqual([[ids(100), now]])
  })

  it('of a command fails with its write, unless there are too many: then it is written next time', async () => {
    const { notes, touch } = openNotes()
    const now = Date.now()
    touch.mockRejectedValueOnce(new Error('disk'))
    const lost = expect(notes.used('a', 0, now)).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    await vi.advanceTimersToNextTimerAsync()
    await lost
    touch.mockRejectedValueOnce(new CommandError('rate_limited', 'Too many'))
    const refused = notes.used('a', 5, now)
    await vi.advanceTimersToNextTimerAsync()
    expect(await refused).toBe(5)
  })

  it('is written when the server closes, and a write that fails is reported', async () => {
    const { notes, touch, failures } = openNotes()
    notes.left('a', 0)
    notes.arrived('b', 0)
    touch.mockRejectedValueOnce(new Error('disk'))
    await notes.close()
    expect(touch.mock.calls).toEqual([[['a', 'b'], Date.now()]])
    expect(failures).toMatchObject([{ code: 'store_unavailable' }])
    notes.left('c', 0)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(touch).toHaveBeenCalledTimes(1)
  })
})

it('clients that come back after 10 minutes are admitted without a transaction for each', async () => {
  await using context = await startCounting()
  const tokens = await Promise.all(ids(30).map(async () => (await context.acquire()).token))
  const commits = () => context.value('yektayar_commit_duration_seconds_count{outcome="ok"}')
  const before = (await commits()) ?? 0
  vi.useFakeTimers({ now: Date.now() + 10 * MINUTE_MS, toFake: ['Date'] })
  try {
    await Promise.all(tokens.map((token) => connected(context.client({ auth: { token } }))))
    expect((await commits()) ?? 0).toBeLessThan(before + 5)
  } finally {
    vi.useRealTimers()
  }
})
