import { Kysely, PostgresDialect } from 'kysely'
import { CommandError, isCommandError } from '../../shared/commandError.js'
import type { Delivery } from '../delivery.js'
import type { LoneTransaction, Outcome, StoreWriter } from '../runGroup.js'
import type { Schema } from '../sqlite/schema.js'
import type { Write, WriteInput, WriteName } from '../sqlite/writes.js'
import { isStoreFailure } from '../storeFailure.js'
import { AppendCall } from './appendCall.js'
import type { Connection, Connections } from './pool.js'
import { PostgresBatch, usedBefore } from './postgresBatch.js'
import type { Needs, PostgresBatchDeps } from './postgresBatch.js'
import { isConflict, tookTooLong, wasCancelled } from './postgresErrors.js'
import { PostgresNews } from './postgresNews.js'
import type { PostgresWrites } from './postgresWrites.js'
import { presenceWrites } from './presenceWrites.js'
import type { Query } from './query.js'
import { roomWrites } from './roomWrites.js'
import { sessionWrites } from './sessionWrites.js'
import { upkeepWrites } from './upkeepWrites.js'

/** How often a group is tried that a deadlock or another transaction has stopped. */
const MAX_TRIES = 3

/** Of more writes than this, one half waits, so that it is prepared while the database works on the other. */
const MIN_SPLIT = 32

const writes: PostgresWrites = {
  ...roomWrites,
  ...sessionWrites,
  ...presenceWrites,
  ...upkeepWrites,
}

/** What the writer needs. */
export interface PostgresWriterDeps extends PostgresBatchDeps {
  connections: Connections
  /** Adds to a transaction what others have to be told together with it. */
  tellWithin(this: void, query: Query, news: PostgresNews): Promise<void>
  /** Tells others the rest, after the commit. */
  tellAfter(this: void, news: PostgresNews): void
}

/** Creates the writer of a database. */
export function createPostgresWriter(deps: PostgresWriterDeps): StoreWriter {
  return {
    async commit(group) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await commitOnce(group, deps)
        } catch (error) {
          if (attempt === MAX_TRIES || !isConflict(error)) throw error
        }
      }
    },
    begin: () => begin(deps),
    groupSize: (waiting) => Math.max(Math.min(waiting, MIN_SPLIT), Math.ceil(waiting / 2)),
    isConflict,
  }
}

async function commitOnce(
  group: readonly Write[],
  deps: PostgresWriterDeps,
): Promise<readonly Outcome[]> {
  const call = AppendCall.of(group, { ...deps, usedBefore: usedBefore(deps, deps.time.now()) })
  if (call?.isEmpty) return commitTogether(group.slice(0, 1), deps)
  return (call && (await runCall(call, deps))) ?? commitTogether(group, deps)
}

/** Resolves with `undefined` if it has done nothing. */
async function runCall(
  call: AppendCall,
  deps: PostgresWriterDeps,
): Promise<readonly Outcome[] | undefined> {
  const sentAt = performance.now()
  const done = await call.run(queryOf(deps.connections))
  if (!done) return undefined
  deps.time.observe(done.now, sentAt)
  const news = new PostgresNews()
  for (const room of call.rooms) news.rooms.add(room)
  deps.tellAfter(news)
  return done.outcomes
}

/** Locks what the writes need, decides about each of them, and writes. */
async function commitTogether(
  group: readonly Write[],
  deps: PostgresWriterDeps,
): Promise<readonly Outcome[]> {
  const connection = await deps.connections.connect()
  const query = queryOf(connection)
  let isBroken = true
  let batch: PostgresBatch | undefined
  try {
    await query('begin')
    batch = await PostgresBatch.open(query, group.map(needsOf), deps)
    const outcomes = await runAll(batch, group)
    await batch.flush()
    await deps.tellWithin(query, batch.news)
    await query('commit')
    isBroken = false
    deps.tellAfter(batch.news)
    return outcomes
  } catch (error) {
    batch?.undone()
    isBroken = isStoreFailure(error) || !(await rolledBack(query))
    throw error
  } finally {
    connection.release(isBroken)
  }
}

/** Runs all writes, or the first ones: those that block the event loop may do so for `commitGroupMs`. */
async function runAll(batch: PostgresBatch, group: readonly Write[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let blockedMs = 0
  for (const write of group) {
    const startedAt = performance.now()
    outcomes.push(await attempt(batch, write))
    // The others wait for the database in the meantime.
    if (write.name === 'deliver' || write.name === 'append') {
      blockedMs += performance.now() - startedAt
    }
    if (blockedMs >= batch.deps.limits.commitGroupMs) break
  }
  return outcomes
}

async function attempt(batch: PostgresBatch, write: Write): Promise<Outcome> {
  try {
    return { value: await runWrite(batch, write) }
  } catch (error) {
    if (!isCommandError(error)) throw error
    return { error }
  }
}

function runWrite(batch: PostgresBatch, { name, input }: Write): unknown {
  // `WriteQueue.run` has checked the type of the input against the name.
  const run = writes[name] as (batch: PostgresBatch, input: unknown) => unknown
  return run(batch, input)
}

/** A transaction that an app's handler shares: as if nothing else ran, or it fails. */
async function begin(deps: PostgresWriterDeps): Promise<LoneTransaction> {
  const connection = await deps.connections.connect()
  let hasBegun = false // the first write comes before the handler
  const ask = queryOf(connection)
  const query: Query = <Row>(...statement: Parameters<Query>) =>
    ask<Row>(...statement).catch((error: unknown) => {
      throw hasBegun && tookTooLong(error) ? handlerStopped(error) : error
    })
  const queryOfHandler: Connection['query'] = (...statement) =>
    connection.query<never>(...statement).catch((error: unknown) => {
      throw hasBegun && (tookTooLong(error) || wasCancelled(error)) ? handlerStopped(error) : error
    })
  const database = new Kysely<Schema>({
    dialect: new PostgresDialect({
      pool: {
        connect: () =>
          Promise.resolve({ query: queryOfHandler as never, release: () => undefined }), // kept until the end
        end: () => Promise.resolve(),
      },
    }),
  })
  const batches: PostgresBatch[] = []
  try {
    const transaction = await database
      .startTransaction()
      .setIsolationLevel('serializable')
      .execute()
    return {
      database: transaction,
      async run(write) {
        const batch = await PostgresBatch.open(query, [needsOf(write)], deps)
        batches.push(batch)
        const result = await runWrite(batch, write)
        await batch.flush()
        await deps.tellWithin(query, batch.news)
        hasBegun = true
        return result
      },
      async commit() {
        await query('select 1') // fails where a statement has failed, which `commit` would hide
        await query('commit')
        connection.release()
        for (const { news } of batches) deps.tellAfter(news)
      },
      async rollBack() {
        for (const batch of batches) batch.undone()
        connection.release(!(await rolledBack(query)))
      },
    }
  } catch (error) {
    connection.release(true)
    throw error
  }
}

/** The error of an app's handler that took too long, and would again. */
function handlerStopped(cause: unknown): CommandError {
  return new CommandError('handler_timeout', 'The command took too long', {
    hint: 'The database has stopped its transaction, and nothing of it was kept',
    cause,
  })
}

function queryOf(connection: Pick<Connection, 'query'>): Query {
  return async <Row>(...statement: Parameters<Query>) =>
    (await connection.query<Row>(...statement)).rows
}

async function rolledBack(query: Query): Promise<boolean> {
  try {
    await query('rollback')
    return true
  } catch {
    return false // the connection is lost, and the transaction with it
  }
}

/** What a write has to lock. */
function needsOf({ name, input }: Write): Needs {
  switch (name) {
    case 'deliver': {
      const { session, outbox, items } = input as Delivery
      return {
        sessionIds: [session.id],
        outbox: { id: outbox, sessionId: session.id },
        rooms: items.flatMap((item) => (item.kind === 'append' ? item.append.room : [])),
      }
    }
    case 'append': {
      const { append, session } = input as WriteInput<'append'>
      return { sessionIds: session ? [session.id] : [], rooms: [append.room] }
    }
    case 'admit':
      return { sessionIds: [(input as WriteInput<'admit'>).id] }
    case 'findCommitted':
      return { sessionIds: [input as WriteInput<'findCommitted'>] }
    default:
      return changedSessions(name, input)
  }
}

function changedSessions(name: WriteName, input: unknown): Needs {
  switch (name) {
    case 'renewSession':
    case 'changeUser':
      return { sessionIds: [(input as { id: string }).id], isChange: true }
    case 'touchSessions':
      return { sessionIds: (input as WriteInput<'touchSessions'>).ids, isChange: true }
    case 'endSessions':
      return { sessionIds: input as WriteInput<'endSessions'>, isChange: true }
    default:
      return {}
  }
}
