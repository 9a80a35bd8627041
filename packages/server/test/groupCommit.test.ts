import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../src/shared/limits.js'
import { noMetrics } from '../src/shared/metrics.js'
import { createWriteQueue } from '../src/store/groupCommit.js'
import type { Schema } from '../src/store/sqlite/schema.js'
import type { StoreWriter } from '../src/store/runGroup.js'

/** A database that does nothing. */
const kysely = new Kysely<Schema>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})

/** A writer whose transactions end when the test says so. */
function slowWriter(groupSize?: (waiting: number) => number) {
  const said: string[] = []
  const ends: (() => void)[] = []
  const writer: StoreWriter = {
    async commit(group) {
      const names = group.map(({ input }) => JSON.stringify(input)).join()
      said.push(`begins ${names}`)
      await new Promise<void>((resolve) => ends.push(resolve))
      return group.map(({ input }) => ({ value: input }))
    },
    begin: () => {
      said.push('begins alone')
      return Promise.resolve({
        database: kysely,
        run: () => Promise.resolve(undefined),
        commit: () => Promise.resolve(),
        rollBack: () => Promise.resolve(),
      })
    },
    ...(groupSize && { groupSize }),
  }
  const queue = createWriteQueue({
    ...{ writer, epoch: 'e', onAppended: () => undefined, metrics: noMetrics },
    ...{ limits: defaultLimits, log: pino({ level: 'silent' }) },
  })
  const write = (name: string): Promise<void> =>
    queue.run('findCommitted', name).then(() => void said.push(`told ${name}`))
  return { queue, said, write, end: () => ends.shift()?.(), running: () => ends.length }
}

async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a queue of writes', () => {
  it('begins the next transaction before the callers of the last one go on', async () => {
    const { said, write, end } = slowWriter((waiting) => waiting)
    const all = [write('a')]
    await turns()
    all.push(write('b'), write('c'))
    await turns()
    end()
    await turns()
    end()
    await Promise.all(all)
    expect(said).toEqual(['begins "a"', 'begins "b","c"', 'told a', 'told b', 'told c'])
  })

  it('runs one transaction at a time', async () => {
    const { write, end, running, queue } = slowWriter(() => 1)
    const all = ['a', 'b', 'c'].map(write)
    for (let left = 3; left > 0; left--) {
      await turns()
      expect(running()).toBe(1)
      expect(queue.pending).toBe(left)
      end()
    }
    await Promise.all(all)
    expect(queue.pending).toBe(0)
  })

  it('takes as many as the writer wants, in their order', async () => {
    const { said, write, end } = slowWriter((waiting) => Math.ceil(waiting / 2))
    const all = ['a', 'b', 'c', 'd'].map(write)
    for (let group = 0; group < 3; group++) {
      await turns()
      end()
    }
    await Promise.all(all)
    expect(said.filter((one) => one.startsWith('begins'))).toEqual([
      'begins "a","b"',
      'begins "c"',
      'begins "d"',
    ])
  })

  it('begins an app’s own transaction once the earlier callers were told', async () => {
    const { said, write, queue, end } = slowWriter((waiting) => waiting)
    const first = write('a')
    const own = queue.transact(() => {
      said.push('runs alone')
      return Promise.resolve()
    })
    await turns()
    end()
    await Promise.all([first, own])
    expect(said).toEqual(['begins "a"', 'told a', 'begins alone', 'runs alone'])
  })
})
