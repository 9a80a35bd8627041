import { describe, expect, it } from 'vitest'
import { ofStore } from '../src/store/storeFailure.js'
import { openTestStore } from './support/openTestStore.js'
import type { TestStoreOptions } from './support/openTestStore.js'
import { temporaryDirectory } from './support/server.js'
import { isOnPostgres } from './support/testDatabase.js'

const ROOM = 'public:lobby'

/** A store, and the messages that it has published to rooms. */
async function startCommits(isThreaded: boolean, limits: TestStoreOptions['limits'] = {}) {
  const told: unknown[] = []
  const directory = await temporaryDirectory()
  const opened = await openTestStore({
    ...(isThreaded && { databaseUrl: directory.databaseUrl }),
    limits: { commitGroupMs: 10_000, ...limits },
    onAppended: (messages) => told.push(...messages.map(({ data }) => data)),
  })
  return {
    ...opened,
    told,
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}

type Context = Awaited<ReturnType<typeof startCommits>>

/** Appends one message, from the server itself or from a session. */
function append(
  { outboxes }: Context,
  data: string,
  session?: { id: string; userId: string | null },
) {
  return outboxes.append({ room: ROOM, message: { id: data, from: 'server', data } }, session)
}

/** The error code of each promise, or `null` for one that succeeded. */
async function codesOf(running: readonly Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(running)
  return settled.map((one) =>
    one.status === 'rejected' ? (one.reason as { code?: unknown }).code : null,
  )
}

describe.each([
  ['on the event loop', false],
  ['in a thread', true],
])('work that is committed in groups %s', (_where, isThreaded) => {
  it('shares a transaction where it arrives in one turn', async () => {
    await using context = await startCommits(isThreaded)
    await Promise.all(['a', 'b', 'c'].map((data) => append(context, data)))
    expect(context.commits).toHaveBeenCalledTimes(1)
    expect(context.told).toEqual(['a', 'b', 'c'])
  })

  it('shares it with other writes of its queue', async () => {
    await using context = await startCommits(isThreaded)
    const { sessions } = context
    const [first, second] = await Promise.all([
      sessions.begin({}, 'first hash'),
      sessions.begin({}, 'second hash'),
      sessions.touch(['nobody'], Date.now()),
    ])
    expect(context.commits).toHaveBeenCalledTimes(1)
    const found = await sessions.findAll([first.id, second.id])
    expect(found).toHaveLength(2)
    expect(await sessions.findByToken('second hash')).toEqual(second)
  })

  it('ends a group whose time is up, and goes on with the rest in its order', async () => {
    await using context = await startCommits(isThreaded, { commitGroupMs: 0, maxCommitGroup: 2 })
    const all = ['a', 'b', 'c', 'd'].map((data) => append(context, data))
    expect(await Promise.all(all)).toMatchObject([{ seq: 1 }, { seq: 2 }, { seq: 3 }, { seq: 4 }])
    expect(context.told).toEqual(['a', 'b', 'c', 'd'])
    for (const { value } of context.commits.mock.settledResults) expect(value).toHaveLength(1)
  })

  it('does not share the fault of one of them', async () => {
    await using context = await startCommits(isThreaded)
    const faulty = context.outboxes.append({
      room: ROOM,
      message: { id: 'lost', from: 'server', data: { toJSON: fault } as never },
    })
    const running = [append(context, 'a'), faulty, append(context, 'b')]
    expect(await codesOf(running)).toEqual([null, 'store_unavailable', null])
    expect(context.told).toEqual(['a', 'b'])
    expect(await context.rooms.head(ROOM)).toMatchObject({ seq: 2 })
  })

  it('is refused beyond the bound of what waits, and is told when to come again', async () => {
    await using context = await startCommits(isThreaded, { maxPendingCommits: 2 })
    const running = ['a', 'b', 'c'].map((data) => append(context, data))
    await expect(running[2]).rejects.toMatchObject({
      code: 'rate_limited',
      data: { retryAfterMs: 250 },
    })
    await Promise.all(running.slice(0, 2))
    expect(context.told).toEqual(['a', 'b'])
    await append(context, 'c')
    expect(context.told).toEqual(['a', 'b', 'c'])
  })

  it('has no effect where the user changed between its decision and its commit', async () => {
    await using context = await startCommits(isThreaded)
    const { sessions } = context
    const { id } = await sessions.begin({}, 'hash')
    const session = await sessions.changeUser(id, { userId: 'sara', tokenHash: 'other' })
    const running = [null, 'ben', 'sara'].map((userId) =>
      append(context, String(userId), { id: session.id, userId }),
    )
    expect(await codesOf(running)).toEqual(['store_unavailable', 'store_unavailable', null])
    expect(context.told).toEqual(['sara'])
  })
})

it('a message whose commit fails is not sent to its room', async () => {
  await using context = await startCommits(false)
  const { told } = context
  const full = new Error('database or disk is full')
  ofStore(Object.assign(full, { code: 'SQLITE_FULL' }))
  const restore = failNextCommit(context, full)
  const failed = ['a', 'b'].map((data) => append(context, data))
  expect(await codesOf(failed)).toEqual(['store_unavailable', 'store_unavailable'])
  restore()
  expect(told).toEqual([])
  expect(await append(context, 'again')).toMatchObject({ seq: 1 })
  expect(told).toEqual(['again'])
})

function fault(): never {
  throw new TypeError('a fault')
}

/** Makes the next transaction fail at its commit. */
function failNextCommit({ database, commits }: Context, error: Error): () => void {
  if (isOnPostgres) {
    commits.mockRejectedValueOnce(error)
    return () => undefined
  }
  const begin = database.startTransaction.bind(database)
  database.startTransaction = () => {
    const builder = begin()
    const execute = async () => {
      const transaction = await builder.execute()
      const failing = { execute: () => Promise.reject(error) }
      transaction.commit = () => failing as never
      return transaction
    }
    return { execute } as never
  }
  return () => {
    database.startTransaction = begin
  }
}
