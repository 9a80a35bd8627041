import { join } from 'node:path'
import { roomyLimits } from '@yektayar/testing'
import { runProcess } from '../../support/runProcess.js'

const cli = join(import.meta.dirname, '../../../packages/server/dist/standalone/cli.js')

/** How a server process is launched. */
export interface LaunchOptions {
  /** Where it runs, and where its database file is: `yektayar.db`. */
  readonly directory: string
  /** Variables beside those that make it quiet and roomy. @default {} */
  readonly env?: Readonly<Record<string, string>>
}

/** A server in a process of its own, which can be killed and started again. */
export interface LaunchedServer extends AsyncDisposable {
  /** The same over all its lives. */
  readonly url: string
  readonly pid: number | undefined
  /** What it printed in its present life. */
  readonly output: string
  /** Ends it by SIGKILL, and resolves once it is gone. */
  kill(): Promise<void>
  /** Lets it stand still, as on a machine that sleeps, until it is resumed or restarted. */
  suspend(): void
  resume(): void
  /** Ends it by SIGKILL if it runs, and resolves once a new process listens on its port. */
  restart(): Promise<void>
}

/** Launches the built server on a free port; several may share a directory, and so a database. */
export async function launchServer({
  directory,
  env = {},
}: LaunchOptions): Promise<LaunchedServer> {
  const start = (port: string) => {
    const { PATH } = process.env
    return runProcess(process.execPath, [cli], {
      cwd: directory, // no `.env` of the repository is read there
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
