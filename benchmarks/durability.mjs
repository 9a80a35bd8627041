// Measures how many durable messages a server accepts, how long each takes, and how often it waits
// for the disk, counted with `strace`. The server has one processor, the clients the other.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { askProcess } from './lib/askProcess.mjs'
import { quantile } from './lib/statistics.mjs'

const ROOM = 'public:durable'
const CLIENTS = 50
const ITEMS = 16
const WARM_UP_MS = 2_000
const MS = 5_000

const directory = await mkdtemp(join(tmpdir(), 'bench-'))
const server = await askProcess('../servers/ours.mjs', {
  processor: 0,
  args: [`sqlite:${join(directory, 'server.db')}`],
})
const load = await askProcess('../load/load.mjs', { processor: 1 })
try {
  await measure()
} finally {
  await load.close()
  await server.close()
  await rm(directory, { recursive: true })
}

async function measure() {
  const url = await server.ask('url')
  await load.ask('open', url, await server.ask('tokens', CLIENTS))
  await load.ask('deliver', url, ROOM, ITEMS, WARM_UP_MS)

  const messages = await load.ask('deliver', url, ROOM, ITEMS, MS)
  const rate = Math.round((messages / MS) * 1_000)
  console.log(`${CLIENTS} clients with ${ITEMS} in flight each: ${rate} messages/s`)

  const times = await load.ask('deliverAtRate', url, ROOM, 1_000, MS)
  times.sort((a, b) => a - b)
  const [median, p99] = [0.5, 0.99].map((share) => quantile(times, share).toFixed(1))
  console.log(`at 1,000 messages/s, one in a packet: median ${median} ms, p99 ${p99} ms`)

  // Last, because counting makes every call slower.
  const count = countSyncs(server.pid)
  const counted = await load.ask('deliverAtRate', url, ROOM, 1_000, MS)
  console.log(`for ${counted.length} of these: ${await count()} times fsync`)
}

/** Starts counting; the returned function stops. */
function countSyncs(pid) {
  const args = ['-f', '-e', 'trace=fsync,fdatasync', '-p', String(pid)]
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const output = text(strace.stderr)
  return async () => {
    strace.kill('SIGINT')
    await once(strace, 'close')
    return (await output).match(/f(data)?sync\(/g)?.length ?? 0
  }
}
