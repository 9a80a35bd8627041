import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresBinaries } from './binaries.js'
import { giveFolder, isReadableByAll, serverUser } from './serverUser.js'

/** The longest path of a socket that all systems allow, less the name of PostgreSQL's socket. */
const MAX_FOLDER_LENGTH = 103 - '/.s.PGSQL.5432'.length

/** How long a start may take on a busy machine, and how often to look. */
const START_MS = 60_000
const LOOK_MS = 5

const USER = 'postgres'

const initOptions = ['-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']

/** A server for tests: no port, many small connections. */
const settings = {
  listen_addresses: '',
  max_connections: '300',
  shared_buffers: '64MB',
  max_wal_size: '2GB',
  max_parallel_workers_per_gather: '0',
}

/** It does not wait for the disk. */
const fastSettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/** What a server is started with. */
export interface ServerProcessOptions {
  /** Whether each commit waits until it is on the disk. */
  isDurable: boolean
}

/**
 * Runs until its standard input ends, which also happens when the process that started it is killed.
 * Then it ends the server and removes the folder.
 */
const script = `
cd "$1"
if "$2/bin/initdb" -D data $3 >log 2>&1; then
  "$2/bin/postgres" -D data -k "$1" $4 >>log 2>&1 &
  server=$!
else
  echo 'FATAL: initdb failed' >>log
fi
read -r _
if [ -n "$server" ]; then
  kill -QUIT "$server"
  wait "$server"
fi
cd /
rm -rf "$1"
`

/** A running server. */
export interface ServerProcess {
  /** The address of its database `postgres`. */
  readonly url: string
  /** Ends it and removes its files. */
  close(this: void): Promise<void>
}

/** Starts a server in a new private folder. */
export async function startServerProcess(
  binaries: PostgresBinaries,
  options: ServerProcessOptions,
): Promise<ServerProcess> {
  const folder = makeFolder()
  let watcher: Watcher
  try {
    watcher = startWatcher(folder, binaries, options)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  const ended = new Promise<void>((resolve) => {
    watcher.once('exit', () => {
      resolve()
    })
    watcher.once('error', () => {
      rmSync(folder, { recursive: true, force: true })
      resolve()
    })
  })
  const close = async (): Promise<void> => {
    watcher.ref()
    watcher.stdin.end()
    await ended
    watcher.unref()
  }
  try {
    await ready(folder, watcher)
  } catch (error) {
    await close()
    throw error
  }
  return { url: `postgres://${USER}@localhost/postgres?host=${encodeURIComponent(folder)}`, close }
}

type Watcher = ChildProcessByStdio<Writable, null, null>

function makeFolder(): string {
  const name = 'yektayar-pg-'
  const place = tmpdir().length + name.length + 7 > MAX_FOLDER_LENGTH ? '/tmp' : tmpdir()
  return mkdtempSync(join(place, name))
}

function startWatcher(
  folder: string,
  { folder: native, libraries }: PostgresBinaries,
  { isDurable }: ServerProcessOptions,
): Watcher {
  const user = serverUser()
  const isReadable = !user || isReadableByAll(join(native, 'bin', 'postgres'))
  const programs = isReadable ? native : join(folder, 'native')
  if (!isReadable) {
    cpSync(native, programs, { recursive: true, filter: (path) => !path.endsWith('.a') })
  }
  const links = join(folder, 'lib')
  mkdirSync(links)
  for (const { name, path } of libraries) {
    symlinkSync(join(programs, relative(native, path)), join(links, name))
  }
  if (user) giveFolder(folder, user)
  const chosen = isDurable ? settings : { ...settings, ...fastSettings }
  const options = Object.entries(chosen).map(([name, value]) => `-c ${name}=${value}`)
  const watcher = spawn(
    '/bin/sh',
    ['-c', script, 'sh', folder, programs, initOptions.join(' '), options.join(' ')],
    {
      cwd: folder,
      // Not with a terminal's Ctrl+C: it ends when this process has ended.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {
        PATH: process.env.PATH,
        LC_ALL: 'C',
        TZ: 'UTC',
        LD_LIBRARY_PATH: links,
        DYLD_LIBRARY_PATH: links,
      },
      ...user,
    },
  )
  // Neither may keep this process running.
  watcher.unref()
  ;(watcher.stdin as Writable & { unref?(): void }).unref?.() // a pipe has it
  watcher.stdin.on('error', () => undefined) // it has ended by itself
  return watcher
}

/** Resolves once the server accepts connections. */
async function ready(folder: string, watcher: Watcher): Promise<void> {
  let failure: unknown
  watcher.once('error', (error) => {
    failure = error
  })
  const deadline = performance.now() + START_MS
  for (;;) {
    const log = contentOf(join(folder, 'log'))
    if (failure !== undefined || watcher.exitCode !== null || /\bFATAL\b/.test(log)) {
      throw new Error(`PostgreSQL could not be started: ${log}`, { cause: failure })
    }
    // PostgreSQL writes its state into the eighth line.
    if (
      contentOf(join(folder, 'data', 'postmaster.pid'))
        .split('\n')[7]
        ?.trim() === 'ready'
    )
      return
    if (performance.now() >= deadline) {
      throw new Error(`PostgreSQL was not ready after ${START_MS / 1_000} s: ${log}`)
    }
    await sleep(LOOK_MS)
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
