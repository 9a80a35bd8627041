// Measures what the guard before Socket.IO's decoder adds to a command: the time of a packet in
// the guarded decoder and in Socket.IO's own, compared with the whole CPU time of a server for
// the command. Run `npm run build` first.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const ROUNDS = 40
const PACKETS = 10_000
const COMMANDS = 1_000
const AT_ONCE = 50

const inputs = {
  'no input': undefined,
  'a message of a sentence': {
    text: 'See you on Thursday at five, if that still suits you.',
    n: 7,
  },
  'the same in Persian': { text: 'پنج‌شنبه ساعت پنج می‌بینمت، اگر هنوز برایت مناسب است.', n: 7 },
  'a form of 2 KB': Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`field${index}`, 'an answer of some length, or so']),
  ),
}

const fromServer = createRequire(new URL('../packages/server/package.json', import.meta.url))

if (process.send) await serve()
else await measure()

async function createServer() {
  const server = await import('../packages/server/dist/index.js')
  return server.createServer({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: 'sqlite::memory:',
    logLevel: 'silent',
    limits: {
      commandsPerSessionPerSecond: 1e9,
      commandBurstPerSession: 1e9,
      packetsPerSecond: 1e9,
      packetBurst: 1e9,
    },
  })
}

/** Runs in its own process; the parent asks for the CPU time used so far. */
async function serve() {
  const server = await createServer()
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send(user + system)
  })
  process.send({ url: await server.listen(), token: (await server.sessions.acquire()).token })
}

async function measure() {
  const child = fork(fileURLToPath(import.meta.url))
  const [{ url, token }] = await once(child, 'message')
  const { io } = fromServer('socket.io-client')
  const client = io(url, { auth: { token }, transports: ['websocket'] })
  await once(client, 'connected')

  const server = await createServer()
  const decoders = {
    guarded: new server.io._parser.Decoder(), // Socket.IO takes its decoders from here
    plain: new (fromServer('socket.io-parser').Decoder)(),
  }
  for (const decoder of Object.values(decoders)) decoder.on('decoded', () => {})

  for (const [what, input] of Object.entries(inputs)) {
    const [name, ...args] = input === undefined ? ['ping'] : ['echo', input]
    const packet = `21${JSON.stringify([name, ...args])}`
    const [guarded, plain] = timesOf([decoders.guarded, decoders.plain], packet)
    const command = await timeOfCommand(child, client, [name, ...args])
    const more = (((guarded - plain) / command) * 100).toFixed(1)
    const parts = [guarded, plain, command].map((time) => time.toFixed(2))
    console.log(
      `${what}: ${parts[0]} µs guarded, ${parts[1]} µs plain, of ${parts[2]} µs: ${more} %`,
    )
  }
  client.close()
  await server.close()
  child.kill()
}

/** Microseconds for a packet in each decoder: the best of many alternating rounds. */
function timesOf(decoders, packet) {
  const best = decoders.map(() => Infinity)
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, decoder] of decoders.entries()) {
      const startedAt = performance.now()
      for (let count = 0; count < PACKETS; count++) decoder.add(packet)
      const time = ((performance.now() - startedAt) / PACKETS) * 1_000
      best[index] = Math.min(best[index], time)
    }
  }
  return best
}

/** Microseconds of the server's CPU time for a command, from its bytes to those of its answer. */
async function timeOfCommand(child, client, command) {
  const times = []
  for (let round = 0; round < ROUNDS; round++) {
    const before = await processorTime(child)
    for (let sent = 0; sent < COMMANDS; sent += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => client.emitWithAck(...command)))
    }
    times.push(((await processorTime(child)) - before) / COMMANDS)
  }
  return Math.min(...times)
}

async function processorTime(child) {
  child.send('time')
  const [time] = await once(child, 'message')
  return time
}
