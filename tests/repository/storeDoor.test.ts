import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const source = join(import.meta.dirname, '../../packages/server/src')

/** What only the store folder may contain: Kysely, libsql, SQL, and SQLite's error codes. */
const dialect = /from '(kysely|libsql)[/']|import\('(kysely|libsql)|\bsql`|SQLITE_/

describe('the store', () => {
  it.each([
    "import { sql } from 'kysely'",
    "const { default: Sqlite } = await import('libsql')",
    'await sql`select 1`.execute(database)',
    "if (error.code === 'SQLITE_BUSY') return",
  ])('is entered by %j', (line) => {
    expect(line).toMatch(dialect)
  })

  it('is all that knows which database there is', () => {
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    const others = files.filter((name) => name.endsWith('.ts') && !/^store[\\/]/.test(name))
    expect(others.length).toBeGreaterThan(100)
    const entered = others.filter((name) => dialect.test(readFileSync(join(source, name), 'utf8')))
    expect(entered).toEqual([])
  })
})
