import { expect, vi } from 'vitest'
import { StatementCache } from '../src/store/sqlite/statementCache.js'
import type { ThreadRequest } from '../src/store/sqlite/threadMessages.js'
import type { Write } from '../src/store/sqlite/writes.js'
import { openTestStore } from './support/openTestStore.js'
import { range } from './support/range.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer, temporaryDirectory } from './support/server.js'
import { itSqlite } from './support/sqliteOnly.js'

/** The names of the writes of each group that was posted to a thread. */
const groups = vi.hoisted(() => [] as string[][])

vi.mock('node:worker_threads', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:worker_threads')>()
  class CountedWorker extends original.Worker {
    override postMessage(request: ThreadRequest): void {
      if (request.op === 'commit') groups.push((JSON.parse(request.group) as Write[]).map(nameOf))
      super.postMessage(request)
    }
  }
  return { ...original, Worker: CountedWorker }
})

const nameOf = ({ name }: Write): string => name

/** Nothing happens by itself but the looks for what other processes have written. */
const limits = { storePollMs: 10, nodeHeartbeatMs: 60_000, roomHeadIntervalMs: 60_000 }

/** The statements that run on the event loop during some work. */
async function statementsDuring(work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = []
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on each cache below
  const { get } = StatementCache.prototype
  const spy = vi.spyOn(StatementCache.prototype, 'get').mockImplementation(function (
    this: StatementCache,
    text,
  ) {
    statements.push(text)
    return get.call(this, text)
  })
  try {
    await work()
  } finally {
    spy.mockRestore()
  }
  return statements
}

itSqlite(
  'messages that arrive together go to the thread in one message, and nothing is written here',
  async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    await using context = await startServer({
      databaseUrl,
      limits: { ...limits, storePollMs: 60_000 },
    })
    const { server } = context
    const member = await roomClient(context)
    await member.join(ROOM)
    await server.publish(ROOM, 'a first one')
    groups.length = 0

    const statements = await statementsDuring(async () => {
      await Promise.all(range(1, 100).map((n) => server.publish(ROOM, n)))
      for (const n of range(101, 105)) await server.publish(ROOM, n)
    })

    const ofMessages = groups.filter((group) => group.includes('append'))
    expect(ofMessages.map((group) => group.length)).toEqual([100, 1, 1, 1, 1, 1])
    expect(statements).toEqual([])
    await vi.waitFor(() => {
      expect(member.seen).toHaveLength(106)
    })
  },
)

itSqlite(
  'what another process writes into a room that nobody here is in costs a look at the news',
  async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    await using context = await startServer({ databaseUrl, limits })
    await using other = await openTestStore({ databaseUrl, node: 'other' })
    const member = await roomClient(context)
    await member.join(ROOM)
    const commits = range(1, 10)

    const statements = await statementsDuring(async () => {
      for (const n of commits) {
        const message = { id: `elsewhere-${String(n)}`, from: 'server', data: n }
        await other.outboxes.append({ room: 'public:elsewhere', message })
      }
      const message = { id: 'here', from: 'server', data: 0 }
      await other.outboxes.append({ room: ROOM, message })
      await vi.waitFor(() => {
        expect(member.seen).toHaveLength(1)
      })
    })

    const ofNews = statements.filter((text) => text.includes('from "news"'))
    expect(ofNews.length).toBeGreaterThan(0)
    expect(ofNews.length).toBeLessThanOrEqual(commits.length + 1)
    // Only the last commit concerns a room that is open here: its head, a page of two statements, and its members.
    expect(statements.length - ofNews.length).toBeLessThanOrEqual(4)
  },
)
