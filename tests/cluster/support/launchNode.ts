import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { roomyLimits } from '@yektayar/testing'
import type { LaunchedServer } from '../../faults/support/launchServer.js'

const app = join(import.meta.dirname, 'nodeApp.mjs')

/** Ends the node when its standard input ends, as it does when the test's process is killed. */
const script = `
exec 3<&0
"$@" </dev/null &
node=$!
exec >/dev/null 2>&1
read -r _ <&3
kill -KILL "$node" 2>/dev/null
`

/** Options of a node. */
export interface NodeOptions {
  readonly databaseUrl: string
  /** @default news by PostgreSQL alone */
  readonly redisUrl?: string
  readonly limits?: Readonly<Record<string, number>>
  readonly logLevel?: string
}

/** A server as a process of its own, which can be killed, stopped and restarted. */
export interface LaunchedNode extends LaunchedServer {
  /** Its last output each time that it has ended by itself. */
  readonly crashed: readonly string[]
  /** Closes it as a deployment does: clients are told, and go elsewhere. */
  close(): Promise<void>
}

/** How long a node tries to start again, as a supervisor makes it do. */
const RESTART_MS = 30_000

/** Rooms keep everything that a test sends. */
const limits = { ...roomyLimits, roomRetentionMessages: 10_000_000 }

/** Launches a node on a free port. */
export async function launchNode(options: NodeOptions): Promise<LaunchedNode> {
  let text = ''
  let isEnding = false
  const crashed: string[] = []
  const start = async (port: string) => {
    const { redisUrl } = options
    const serverOptions = { redisUrl, limits: { ...limits, ...options.limits } }
    const child = spawn('/bin/sh', ['-c', script, 'sh', process.execPath, app], {
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        NODE_OPTIONS_JSON: JSON.stringify(serverOptions),
        DATABASE_URL: options.databaseUrl,
        LOG_LEVEL: options.logLevel ?? 'error',
        PORT: port,
      },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    // The output is the node's alone, so it closes when the node ends.
    const exited = once(child.stdout, 'close').then(() => {
      if (!isEnding) crashed.push(text.slice(-2_000))
    })
    child.stdin.on('error', () => undefined)
    const from = text.length
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
    }
    for (;;) {
      const found = /pid (\d+) running at (\S+)/.exec(text.slice(from))
      if (found) return { child, exited, pid: Number(found[1]), url: found[2] ?? '' }
      if (child.stdout.closed) {
        child.stdin.end()
        throw new Error(`The node did not start: ${text.slice(from)}`)
      }
      await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), exited])
    }
  }
  let running = await start('0')
  const { url } = running
  const kill = async (): Promise<void> => {
    isEnding = true
    running.child.stdin.end()
    await running.exited
  }
  return {
    url,
    get pid() {
      return running.pid
    },
    /** Of every start. */
    get output() {
      return text
    },
    suspend() {
      process.kill(running.pid, 'SIGSTOP')
    },
    resume() {
      process.kill(running.pid, 'SIGCONT')
    },
    crashed,
    kill,
    async close() {
      isEnding = true
      process.kill(running.pid, 'SIGTERM')
      await running.exited
      await kill()
    },
    async restart() {
      await kill()
      const deadline = Date.now() + RESTART_MS
      for (;;) {
        try {
          running = await start(new URL(url).port)
          isEnding = false
          return
        } catch (error) {
          if (Date.now() > deadline) throw error // the database may have been down until now
        }
      }
    },
    [Symbol.asyncDispose]: kill,
  }
}
