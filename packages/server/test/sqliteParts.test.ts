import { createServer } from '../src/index.js'
import { chmodSync, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SqliteStatement } from 'kysely'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { isStoreFailure } from '../src/store/storeFailure.js'
import { bindValues } from '../src/store/sqlite/bindValues.js'
import { makePrivate } from '../src/store/sqlite/privateFile.js'
import { LockingSqliteDialect } from '../src/store/sqlite/sqliteDialect.js'
import { StatementCache } from '../src/store/sqlite/statementCache.js'

describe('a value that cannot be stored', () => {
  const refusalOf = (sql: string) => {
    try {
      bindValues(sql, [new Date()], 1)
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }

  it('is named with the statement', () => {
    const sql = 'select * from notes where (? = at)'
    expect(refusalOf(sql)).toContain(`in parameter 1 of ${sql}: a Date`)
  })

  it('is named with the first 200 characters of a long statement', () => {
    const sql = `select * from notes where (? = at) and ${'x'.repeat(161)}`
    expect(sql).toHaveLength(200)
    expect(refusalOf(sql)).toContain(` of ${sql}: a Date`)
    expect(refusalOf(`${sql}y`)).toContain(` of ${sql}…: a Date`)
  })
})

describe('prepared statements', () => {
  function cacheOf(run: (sql: string) => void = () => undefined) {
    const prepare = vi.fn((sql: string): SqliteStatement => ({
      reader: false,
      all: () => [],
      run: () => {
        run(sql)
        return { changes: 0, lastInsertRowid: 0 }
      },
      iterate: () => [][Symbol.iterator](),
    }))
    return { cache: new StatementCache(prepare), prepare }
  }

  it('are prepared once', () => {
    const { cache, prepare } = cacheOf()
    cache.get('select 1').all([])
    cache.get('select 1').all([])
    expect(prepare).toHaveBeenCalledTimes(1)
  })

  it('are prepared anew after one that changes the schema, and after no other', () => {
    const { cache, prepare } = cacheOf()
    cache.get('select 1')
    cache.get('update notes set text = 1').run([])
    cache.get('select 1')
    expect(prepare).toHaveBeenCalledTimes(2)
    cache.get(' Create table notes (text)').run([])
    cache.get('select 1')
    expect(prepare).toHaveBeenCalledTimes(4)
  })

  it('are not used again once they have failed', () => {
    const { cache, prepare } = cacheOf(() => {
      throw Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
    })
    const statement = cache.get('delete from notes')
    expect(() => statement.run([])).toThrow('locked')
    expect(cache.get('delete from notes')).not.toBe(statement)
    expect(prepare).toHaveBeenCalledTimes(2)
  })

  it('fail as failures of the store, prepared or run', () => {
    const failure = () => Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' })
    const thrownBy = (work: () => unknown) => {
      try {
        work()
        return undefined
      } catch (error) {
        return error
      }
    }
    const preparing = new StatementCache(() => {
      throw failure()
    })
    expect(isStoreFailure(thrownBy(() => preparing.get('select 1')))).toBe(true)
    const { cache } = cacheOf(() => {
      throw failure()
    })
    expect(isStoreFailure(thrownBy(() => cache.get('delete from notes').run([])))).toBe(true)
  })
})

describe.skipIf(process.platform === 'win32')('the file of a database', () => {
  function pathIn(name: string) {
    const folder = mkdtempSync(join(tmpdir(), 'yektayar-private-'))
    onTestFinished(() => {
      chmodSync(folder, 0o700)
    })
    return join(folder, name)
  }
  const modeOf = (path: string) => statSync(path).mode & 0o777

  it('is new and only of its owner, in a folder that is too', () => {
    const path = pathIn('data/app.db')
    makePrivate(path)
    expect(modeOf(path)).toBe(0o600)
    expect(modeOf(join(path, '..'))).toBe(0o700)
  })

  it('loses the access of others, and keeps its content and the owner’s rights', () => {
    const path = pathIn('app.db')
    writeFileSync(path, 'content')
    writeFileSync(`${path}-wal`, '')
    chmodSync(path, 0o640)
    chmodSync(`${path}-wal`, 0o604)
    makePrivate(path)
    expect(modeOf(path)).toBe(0o600)
    expect(modeOf(`${path}-wal`)).toBe(0o600)
    expect(readFileSync(path, 'utf8')).toBe('content')
  })

  it('is left as it is where only its owner has access', () => {
    const path = pathIn('app.db')
    writeFileSync(path, '')
    chmodSync(path, 0o400)
    makePrivate(path)
    expect(modeOf(path)).toBe(0o400)
  })

  it.each([
    ['a path', (path: string) => `file:${path}`, 0o600],
    ['three slashes and a query', (path: string) => `file://${path}?cache=private`, 0o600],
    [
      'localhost and escapes',
      (path: string) => `file://localhost${path.replace('p', '%70')}`,
      0o600,
    ],
    ['mode=ro, which creates nothing', (path: string) => `file:${path}?mode=ro`, undefined],
    ['an escape that is none', (path: string) => `file:${path}%zz`, undefined],
  ])('is private as a URI, too: with %s', (_what, uriOf, mode) => {
    const path = pathIn('app.db')
    makePrivate(uriOf(path))
    expect(existsSync(path) ? modeOf(path) : undefined).toBe(mode)
  })

  it('is the file that SQLite opens for a URI', async () => {
    const path = pathIn('app.db')
    await (await createServer({ databaseUrl: `sqlite:file:${path}?cache=private` })).close()
    expect(modeOf(path)).toBe(0o600)
    expect(readFileSync(path).length).toBeGreaterThan(0)
  })

  it('is left to SQLite as a URI, and a folder keeps its mode', () => {
    const path = pathIn('folder.db')
    makePrivate(join(path, 'inner.db'))
    chmodSync(path, 0o755)
    makePrivate(path)
    expect(modeOf(path)).toBe(0o755)
    makePrivate(`file:${path}.uri?mode=memory`)
    expect(existsSync(`${path}.uri`)).toBe(false)
    makePrivate('file::memory:?cache=shared')
    for (const name of ['file:', ':memory:']) expect(existsSync(name)).toBe(false) // in the current folder
  })
})

it('the dialect says that a migration can be undone', () => {
  const deps = { database: () => Promise.reject(new Error('not opened')) }
  const dialect = new LockingSqliteDialect(deps as never)
  expect(dialect.createAdapter().supportsTransactionalDdl).toBe(true)
})
