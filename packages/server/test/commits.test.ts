import { describe, expect, it, vi } from 'vitest'
import type { Batch } from '../src/store/sqlite/batch.js'
import { selectHead } from '../src/store/sqlite/roomQueries.js'
import { insertSession } from '../src/store/sqlite/sessionQueries.js'
import type { Limits } from '../src/shared/limits.js'
import { ofStore } from '../src/store/storeFailure.js'
import { openCommits } from './support/openCommits.js'

const ROOM = 'public:lobby'
const NOW = Date.now()

/** Commits over a store in memory, and what was told to the rooms. */
async function startCommits(limits: Partial<Limits> = {}) {
  const told: unknown[] = []
  const opened = await openCommits(limits, (messages) => {
    told.push(...messages.map(({ data }) => data))
  })
  const { database } = opened
  return {
    ...opened,
    told,
    transactions: vi.spyOn(database, 'startTransaction'),
    [Symbol.asyncDispose]: () => database.destroy(),
  }
}

/** Appends one message. */
function append(data: string) {
  return { run: (batch: Batch) => batch.rooms.append(ROOM, { id: data, from: 'server', data }) }
}

/** The error code of each, or `null` where there was no error. */
async function codesOf(running: readonly Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(running)
  return settled.map((one) =>
    one.status === 'rejected' ? (one.reason as { code?: unknown }).code : null,
  )
}

describe('work that is committed in groups', () => {
  it('shares a transaction where it arrives in one turn', async () => {
    await using context = await startCommits()
    const { commits } = context
    await Promise.all(['a', 'b', 'c'].map((data) => commits.run(append(data))))
    expect(context.transactions).toHaveBeenCalledTimes(1)
    expect(context.told).toEqual(['a', 'b', 'c'])
  })

  it('shares it with what writes its rows by itself', async () => {
    await using context = await startCommits()
    const { commits } = context
    const session = { userId: null, metadata: {}, createdAt: NOW, lastActivityAt: NOW }
    await Promise.all([
      commits.run(append('a')),
      ...['first', 'second'].map((id) =>
        commits.write((transaction) =>
          insertSession(transaction, { id, expiresAt: NOW + 60_000, ...session }),
        ),
      ),
    ])
    expect(context.transactions).toHaveBeenCalledTimes(1)
    expect(await context.database.selectFrom('sessions').select('id').execute()).toHaveLength(2)
  })

  it('ends a group whose time is up, and goes on with the rest in its order', async () => {
    await using context = await startCommits({ commitGroupMs: 0, maxCommitGroup: 2 })
    const { commits } = context
    const all = ['a', 'b', 'c', 'd'].map((data) => commits.run(append(data)))
    expect(await Promise.all(all)).toMatchObject([{ seq: 1 }, { seq: 2 }, { seq: 3 }, { seq: 4 }])
    expect(context.transactions).toHaveBeenCalledTimes(4)
    expect(context.told).toEqual(['a', 'b', 'c', 'd'])
  })

  it('tells nobody of what could not be committed', async () => {
    await using context = await startCommits()
    const { commits, database, told } = context
    const full = new Error('database or disk is full')
    ofStore(Object.assign(full, { code: 'SQLITE_FULL' }))
    const begin = async () => {
      const transaction = await database.startTransaction().execute()
      const failing = { execute: () => Promise.reject(full) }
      vi.spyOn(transaction, 'commit').mockReturnValue(failing as never)
      return transaction
    }
    context.transactions.mockReturnValueOnce({ execute: begin } as never)
    const failed = ['a', 'b'].map((data) => commits.run(append(data)))
    expect(await codesOf(failed)).toEqual(['store_unavailable', 'store_unavailable'])
    expect(told).toEqual([])
    expect(await commits.run(append('again'))).toMatchObject({ seq: 1 })
    expect(told).toEqual(['again'])
  })

  it('does not share the fault of one of them', async () => {
    await using context = await startCommits()
    const { commits } = context
    const faulty = commits.run({
      run: async (batch) => {
        await append('lost').run(batch)
        throw new TypeError('a fault')
      },
    })
    const running = [commits.run(append('a')), faulty, commits.run(append('b'))]
    expect(await codesOf(running)).toEqual([null, 'store_unavailable', null])
    expect(context.told).toEqual(['a', 'b'])
    expect(await selectHead(context.store, ROOM)).toMatchObject({ seq: 2 })
  })

  it('is refused beyond the bound of what waits, and is told when to come again', async () => {
    await using context = await startCommits({ maxPendingCommits: 2 })
    const { commits } = context
    const running = ['a', 'b', 'c'].map((data) => commits.run(append(data)))
    await expect(running[2]).rejects.toMatchObject({
      code: 'rate_limited',
      data: { retryAfterMs: 250 },
    })
    await Promise.all(running.slice(0, 2))
    expect(context.told).toEqual(['a', 'b'])
    await commits.run(append('c'))
    expect(context.told).toEqual(['a', 'b', 'c'])
  })

  it('has no effect where the user changed between its decision and its commit', async () => {
    await using context = await startCommits()
    const { commits, database } = context
    const times = { createdAt: NOW, expiresAt: NOW + 60_000, lastActivityAt: NOW }
    await insertSession(database, { id: 'one', userId: 'sara', metadata: {}, ...times })
    const sendAs = (userId: string | null) =>
      commits.run({
        sessionId: 'one',
        run: (batch) => {
          batch.requireSession({ id: 'one', userId, isLoggedIn: userId !== null })
          return append(String(userId)).run(batch)
        },
      })
    const running = [sendAs(null), sendAs('ben'), sendAs('sara')]
    expect(await codesOf(running)).toEqual(['store_unavailable', 'store_unavailable', null])
    expect(context.told).toEqual(['sara'])
  })
})
