// Well-behaved clients in their own process, some on each server in the arguments. Each line on
// stdin, `<id> <question>`, is answered with a line on stdout, `<id> <JSON>`. `report` asks what
// the clients of each server noticed since `start`, and how long their pings took.
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { io } from 'socket.io-client'

const PING_INTERVAL_MS = 60 // within the rate limit of a session

const servers = JSON.parse(process.argv[2]).map((server) => ({ ...server, seen: nothing() }))
await Promise.all(servers.flatMap((server) => server.tokens.map((token) => watch(server, token))))
console.log('watching all')

const answers = {
  start: () => {
    for (const server of servers) server.seen = nothing()
    return null
  },
  report: () => servers.map(({ seen }) => summarize(seen)),
}

for await (const line of createInterface({ input: process.stdin })) {
  const [id, question] = line.split(' ')
  console.log(id, JSON.stringify(answers[question]()))
}
process.exit() // the parent process has closed stdin

function nothing() {
  return { noticed: [], durations: [] }
}

async function watch(server, token) {
  const client = io(server.url, { auth: { token }, transports: ['websocket'], forceNew: true })
  await new Promise((resolve, reject) => {
    client.once('connected', resolve).once('connect_error', reject)
  })
  client.onAny((name) => server.seen.noticed.push(`event ${name}`))
  client.on('disconnect', (reason) => server.seen.noticed.push(`disconnect: ${reason}`))
  setInterval(() => ping(client, server.seen), PING_INTERVAL_MS)
}

/** Results of pings sent before a `start` are not counted after it. */
async function ping(client, { noticed, durations }) {
  const sentAt = performance.now()
  try {
    const answer = await client.timeout(5_000).emitWithAck('ping')
    durations.push(performance.now() - sentAt)
    if (!answer.ok) noticed.push(JSON.stringify(answer))
  } catch (error) {
    noticed.push(String(error))
  }
}

function summarize({ noticed, durations }) {
  const sorted = [...durations].sort((a, b) => a - b)
  const p99Ms = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0
  return { noticed, pings: sorted.length, p99Ms }
}
