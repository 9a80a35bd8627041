import { randomUUID } from 'node:crypto'
import Sqlite from 'libsql'
import { expect, vi } from 'vitest'
import { openDatabase } from '../src/store/sqlite/openDatabase.js'
import { StatementCache } from '../src/store/sqlite/statementCache.js'
import { answersOf, ROOM, roomClient, sendItem } from './support/roomClient.js'
import { temporaryDirectory } from './support/server.js'
import { startLife } from './support/sessionLife.js'
import { itSqlite } from './support/sqliteOnly.js'

// Runs the store on the event loop, where the test can see the statements.
vi.mock('../src/store/sqlite/threadFile.js', () => ({ threadFile: new URL('file:///nowhere.js') }))

const DAY_MS = 24 * 60 * 60_000

/** Steps that may scan a whole table or sort, because there are few rows: plan and reason. */
const allowed: readonly [step: RegExp, why: string][] = [
  [/^SCAN store:/, 'one row'],
  [/^SCAN nodes:/, 'one row for each process'],
  [/^SCAN pragma_\w+ /, 'one row, of no table'],
  [/^SCAN json_each /, 'a list that the statement was given'],
  [/^USE TEMP B-TREE .*from "session_tokens" where "session_id" = \?/, 'the tokens of one session'],
  [/^USE TEMP B-TREE FOR RIGHT PART .*from "outboxes"/, 'those last used in one millisecond'],
]

/** Statements whose plans are not checked. */
const isIgnored = (text: string): boolean =>
  /kysely_migration|sqlite_master|^\s*(?:create|alter|drop|pragma|begin|commit|rollback|vacuum)\b/i.test(
    text,
  )

/** Uses every feature that uses the store; returns all statements that ran. */
async function statementsOfEverything(databaseUrl: string): Promise<string[]> {
  // Runs the migrations first, so they are not recorded.
  await (await openDatabase(databaseUrl, 5_000)).destroy()
  const statements = new Set<string>()
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on each cache below
  const { get } = StatementCache.prototype
  const spy = vi.spyOn(StatementCache.prototype, 'get').mockImplementation(function (
    this: StatementCache,
    text,
  ) {
    statements.add(text)
    return get.call(this, text)
  })
  try {
    await useEverything(databaseUrl)
    // The next server sweeps what has expired by then.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 400 * DAY_MS })
    await using later = await startLife({ databaseUrl })
    await later.server.publish('public:later', 'x')
    await new Promise((resolve) => setTimeout(resolve, 300))
  } finally {
    vi.useRealTimers()
    spy.mockRestore()
  }
  return [...statements].filter((text) => !isIgnored(text))
}

async function useEverything(databaseUrl: string): Promise<void> {
  const limits = { nodeHeartbeatMs: 50, roomHeadIntervalMs: 50, roomRetentionMessages: 3 }
  await using context = await startLife({ databaseUrl, limits })
  // A second server on the file, so that each sees changes of the other.
  await using other = await startLife({ databaseUrl, limits })
  const { server } = context
  const client = await roomClient(context)
  const outbox = randomUUID()
  for (let n = 1; n <= 40; n++) {
    answersOf(await client.deliver(outbox, [sendItem(n, ROOM, String(n))]))
  }
  answersOf(await client.deliver(outbox, [sendItem(40, ROOM, '40')]))
  const { epoch, seq } = await client.join(ROOM)
  await client.join(ROOM, { epoch, seq: seq - 2, id: `${outbox}.38` })
  await client.ask('room:history', { room: ROOM, before: 20 })
  await client.ask('room:history', { room: ROOM, after: 10 })
  await client.ask('session:renew', undefined)
  const left = await roomClient(other)
  await left.join(ROOM)
  await left.ask('room:leave', { room: ROOM })
  const { token } = await context.acquire()
  const signedIn = await context.signIn(token)
  await context.call('GET', '', signedIn.body.token)
  await context.call('GET', '/list', signedIn.body.token)
  await context.call('POST', '/sign-out', signedIn.body.token)
  await server.sessions.endAllOfUser('user-sara')
  await server.sessions.touchAll([randomUUID()])
  await server.publish(ROOM, 'x')
  // Gives heartbeats, checks for changes and delayed writes the time to happen.
  await new Promise((resolve) => setTimeout(resolve, 500))
  left.socket.disconnect()
}

itSqlite('no statement looks at every row of a table that grows, or sorts it', async () => {
  await using directory = await temporaryDirectory()
  const statements = await statementsOfEverything(directory.databaseUrl)
  expect(statements.length).toBeGreaterThan(40)
  const database = new Sqlite(directory.databasePath)
  const faults: string[] = []
  for (const text of statements) {
    const count = (text.match(/\?/g) ?? []).length
    const plan = database
      .prepare(`explain query plan ${text}`)
      .all(Array.from({ length: count }, () => null)) as { detail: string }[]
    for (const { detail } of plan) {
      if (!/\bSCAN\b|TEMP B-TREE/.test(detail)) continue
      const step = `${detail}: ${text}`
      if (!allowed.some(([known]) => known.test(step))) faults.push(step)
    }
  }
  database.close()
  expect(faults).toEqual([])
})
