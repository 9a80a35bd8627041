import { join } from 'node:path'
import { roomyLimits } from '@yektayar/testing'
import { runProcess } from '../../support/runProcess.js'

const cli = join(import.meta.dirname, '../../../packages/server/dist/standalone/cli.js')

/** Options for launching a server process. */
export interface LaunchOptions {
  /** The working directory, which holds the database file `yektayar.db`. */
  readonly directory: string
  /**
   * Environment variables besides the default ones, which raise limits and silence the log.
   * @default {}
   */
  readonly env?: Readonly<Record<string, string>>
}

/** A server in its own process, which can be killed and restarted. */
export interface LaunchedServer extends AsyncDisposable {
  /** Stays the same across restarts. */
  readonly url: string
  readonly pid: number | undefined
  /** The output since the last start. */
  readonly output: string
  /** Kills it by SIGKILL, and resolves when it has exited. */
  kill(): Promise<void>
  /** Stops it by SIGSTOP, as on a machine that sleeps, until it is resumed or restarted. */
  suspend(): void
  resume(): void
  /** Kills it by SIGKILL if it runs, and resolves when a new process listens on the same port. */
  restart(): Promise<void>
}

/** Launches the built server on a free port. Several may share a directory, and so a database. */
export async function launchServer({
  directory,
  env = {},
}: LaunchOptions): Promise<LaunchedServer> {
  const start = (port: string) => {
    const { PATH } = process.env
    return runProcess(process.execPath, [cli], {
      cwd: directory, // a directory without the `.env` of the repository
      env: { PATH, ...quiet, ...roomy, DATABASE_URL: 'sqlite:yektayar.db', PORT: port, ...env },
    })
  }
  const listening = async (started: typeof running): Promise<string> => {
    try {
      return await started.printed(/running at (\S+)/)
    } catch (error) {
      await started[Symbol.asyncDispose]()
      throw error
    }
  }
  let running = start('0')
  const url = await listening(running)
  const kill = () => running[Symbol.asyncDispose]()
  return {
    url,
    get pid() {
      return running.child.pid
    },
    get output() {
      return running.output.text
    },
    kill,
    suspend: () => running.child.kill('SIGSTOP'),
    resume: () => running.child.kill('SIGCONT'),
    async restart() {
      await kill()
      running = start(new URL(url).port)
      await listening(running)
    },
    [Symbol.asyncDispose]: kill,
  }
}

const quiet = { HOST: '127.0.0.1', LOG_LEVEL: 'error', DEMO: 'off', NODE_ENV: 'production' }

/** A run of 10 minutes sends more than a room keeps by default, and its log has to be whole. */
const limits = { ...roomyLimits, roomRetentionMessages: 1_000_000 }

/** The limits as variables, by the rule of docs/SERVER.md. */
const roomy = Object.fromEntries(
  Object.entries(limits).map(([name, limit]) => [
    `LIMIT_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`,
    String(limit),
  ]),
)
