import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { freePort, isListening, nobody } from './ports.js'

const REDIS = process.env.REDIS_PATH ?? 'redis-server'

/** Whether the tests have a Redis server. */
export const hasRedis = ((): boolean => {
  try {
    execFileSync(REDIS, ['--version'], { stdio: 'ignore' })
    return process.platform !== 'win32'
  } catch {
    return false
  }
})()

/** Runs until its standard input ends, also because the process that started it was killed. */
const script = `
"$2" --port "$1" --bind 127.0.0.1 --save '' --appendonly no >/dev/null 2>&1 &
server=$!
echo $server
cat >/dev/null
kill -9 $server 2>/dev/null`

/** A Redis server that can be killed and started again; ends at the end of the scope. */
export async function startRedis() {
  const port = await freePort()
  let shell: ChildProcessByStdio<Writable, Readable, null> | undefined
  let pid = 0

  async function start(): Promise<void> {
    shell = spawn('sh', ['-c', script, 'sh', String(port), REDIS], {
      cwd: '/tmp',
      stdio: ['pipe', 'pipe', 'ignore'],
      ...nobody,
    })
    const { stdout } = shell
    pid = await new Promise<number>((resolve) => {
      stdout.once('data', (data: Buffer) => {
        resolve(Number(data.toString()))
      })
    })
    while (!(await isListening(port))) await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const end = (): void => {
    shell?.stdin.end()
  }
  await start()
  return {
    url: `redis://127.0.0.1:${String(port)}`,
    port,
    start,
    command: (name: string) =>
      execFileSync('redis-cli', ['-p', String(port), name], { encoding: 'utf8' }).trim(),
    /** Sends a signal to the server, such as `SIGKILL` or `SIGSTOP`. */
    signal: (name: NodeJS.Signals) => process.kill(pid, name),
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => shell?.once('exit', resolve))
      end()
      await ended
    },
  }
}
