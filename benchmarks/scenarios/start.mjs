import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(
  new URL('../../packages/server/bin/yektayar-server.js', import.meta.url),
)
const SERVERS_ON = '0'

/** From the command to its first answer to a user, with a store that does not exist yet. */
export const start = {
  name: 'the standalone server, until it listens',
  unit: 'ms',
  target: 600,
  isAlone: true,
  rounds: 8,
  prepare: async ({ server, memo }) => {
    memo.file = (await server.ask('databaseUrl')).replace('.db', '')
    memo.count = 0
  },
  measure: async ({ memo }) => (await startOne(`${memo.file}-${++memo.count}.db`)).ms,
}

/** The CPU time of it, which a busy machine changes less. */
export const startCpu = {
  ...start,
  name: 'the standalone server, CPU time until it listens',
  target: 600,
  measure: async ({ memo }) => (await startOne(`${memo.file}-${++memo.count}.db`)).cpuMs,
}

/** The same with a store that exists. */
export const startAgain = {
  ...start,
  name: 'the standalone server with its store, until it listens',
  measure: async ({ memo }) => (await startOne(`${memo.file}-kept.db`)).ms,
}

async function startOne(databaseUrl) {
  const startedAt = performance.now()
  const child = spawn('taskset', ['--cpu-list', SERVERS_ON, process.execPath, command], {
    env: { ...process.env, PORT: '0', NODE_ENV: 'production', DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const text of child.stdout.setEncoding('utf8')) {
    if (text.includes('running at http')) break
  }
  const ms = performance.now() - startedAt
  const cpuMs = await cpuTimeOf(child.pid)
  child.kill('SIGKILL')
  await once(child, 'exit')
  return { ms, cpuMs }
}

/** All threads of a process, by the 100 ticks of a second that Linux counts. */
async function cpuTimeOf(pid) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  const [user, system] = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) * 10
}
