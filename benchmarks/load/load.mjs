// The work of the clients, in a separate process: each function uses the clients of one server.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import { answerParent } from '../servers/answerParent.mjs'
import { openRaw } from '../lib/rawClient.mjs'
import { clientCalls } from './clientCalls.mjs'

const SENTENCE = { text: 'See you on Thursday at five, if that still suits you.', n: 7 }
const CONNECTS_AT_ONCE = 20

/** The clients of each server, by its URL. */
const clientsOf = new Map()
let heard = 0
/** The `room:presence` events that arrived, and their bytes. */
const told = { events: 0, bytes: 0 }

answerParent({
  ...clientCalls,

  /** Connects a client for each token; returns the milliseconds that it took. */
  async open(url, tokens, atOnce = CONNECTS_AT_ONCE) {
    const startedAt = performance.now()
    const clients = []
    clientsOf.set(url, clients)
    await share(tokens, atOnce, async (token) => {
      clients.push(await openAtLast(url, token))
    })
    return performance.now() - startedAt
  },

  /** Clients connect and join a room, evenly within a time. */
  async arrive(url, tokens, room, ms) {
    const clients = []
    clientsOf.set(url, clients)
    const startedAt = performance.now()
    await Promise.all(
      tokens.map(async (token, index) => {
        await sleep(startedAt + (index / tokens.length) * ms - performance.now())
        const client = await openAtLast(url, token)
        clients.push(client)
        expectOk(await client.call('room:join', { room }))
      }),
    )
  },

  /** The events and bytes that told clients who is in their rooms, since the last call. */
  told() {
    const { events, bytes } = told
    Object.assign(told, { events: 0, bytes: 0 })
    return { events, bytes }
  },

  close(url) {
    for (const client of clientsOf.get(url)) client.close()
    clientsOf.delete(url)
  },

  /** Connects and leaves a number of times; one client at a time uses a token. */
  async connects(url, tokens, count) {
    const each = Array.from({ length: count }, (_, index) => tokens[index % tokens.length])
    await share(each, CONNECTS_AT_ONCE, async (token) => {
      const client = await openRaw(url, token)
      client.close()
    })
  },

  /** Each client repeatedly sends a number of echoes in one turn, and waits for all answers. */
  async echo(url, depth, ms, name = 'echo') {
    const expect = name === 'echo' ? expectOk : (answer) => answer
    return await repeat(url, ms, async (client) => {
      await Promise.all(
        client.together(() =>
          Array.from({ length: depth }, () => client.call(name, SENTENCE).then(expect)),
        ),
      )
      return depth
    })
  },

  /** The last client sends one echo after the other, at this rate; returns how long each took. */
  async echoTimes(url, perSecond, ms) {
    const client = clientsOf.get(url).at(-1)
    const until = performance.now() + ms
    const times = []
    while (performance.now() < until) {
      const startedAt = performance.now()
      expectOk(await client.call('echo', SENTENCE))
      const took = performance.now() - startedAt
      times.push(took)
      await sleep(Math.max(0, 1000 / perSecond - took))
    }
    return times
  },

  /** Each client joins or leaves a number of rooms one after the other; a few share each room. */
  async eachRoom(url, command, prefix, members, count) {
    await Promise.all(
      clientsOf.get(url).map(async (client, index) => {
        const group = Math.floor(index / members)
        for (let n = 0; n < count; n++) {
          const room = `public:${prefix}-${String(group)}-${String(n)}`
          expectOk(await client.call(command, { room }))
        }
      }),
    )
  },

  async join(url, room) {
    for (const client of clientsOf.get(url)) expectOk(await client.call('room:join', { room }))
  },

  /** Resolves when the clients have received a number of messages since the last call. */
  async heard(count) {
    while (heard < count) await sleep(1)
    heard -= count
  },

  /** Each client repeatedly delivers durable messages in one packet, and waits for the answer. */
  async deliver(url, room, items, ms) {
    const outboxes = new Map()
    return await repeat(url, ms, async (client) => {
      const outbox = outboxes.get(client) ?? { id: randomUUID(), n: 0 }
      outboxes.set(client, outbox)
      expectOk(await client.call('outbox:deliver', packet(outbox, room, items)))
      return items
    })
  },

  /** Sends messages at fixed times, even if earlier ones still wait; returns how long each took. */
  async deliverAtRate(url, room, perSecond, ms) {
    const clients = clientsOf.get(url)
    const outboxes = clients.map(() => ({ id: randomUUID(), n: 0 }))
    const startedAt = performance.now()
    const times = []
    const sent = []
    const total = (perSecond * ms) / 1000
    while (sent.length < total) {
      const due = Math.min(total, ((performance.now() - startedAt) * perSecond) / 1000)
      while (sent.length < due) {
        const index = sent.length % clients.length
        const dueAt = startedAt + (sent.length / perSecond) * 1000
        const input = packet(outboxes[index], room, 1)
        const answered = clients[index].call('outbox:deliver', input).then((answer) => {
          expectOk(answer)
          times.push(performance.now() - dueAt)
        })
        sent.push(answered)
      }
      await sleep(1)
    }
    await Promise.all(sent)
    return times
  },

  /** One client sends at a rate, a reader elsewhere gets it: the milliseconds from the answer to the arrival. */
  async acrossNodes(sender, reader, room, perSecond, ms) {
    const answeredAt = new Map()
    const arrivedAt = new Map()
    const reading = await openRaw(reader.url, reader.token, {
      onEvent(text) {
        if (!text.startsWith('42["room:message"')) return
        arrivedAt.set(JSON.parse(text.slice(2))[1].data.n, performance.now())
      },
    })
    const sending = await openRaw(sender.url, sender.token)
    expectOk(await reading.call('room:join', { room }))
    const outbox = { id: randomUUID(), n: 0 }
    const startedAt = performance.now()
    const sent = []
    while (performance.now() < startedAt + ms) {
      const n = outbox.n + 1
      const answered = sending.call('outbox:deliver', packet(outbox, room, 1, { ...SENTENCE, n }))
      sent.push(answered.then(() => answeredAt.set(n, performance.now())))
      await sleep(Math.max(0, startedAt + (n / perSecond) * 1000 - performance.now()))
    }
    await Promise.all(sent)
    while (arrivedAt.size < answeredAt.size) await sleep(5)
    reading.close()
    sending.close()
    return [...answeredAt].map(([n, at]) => Math.max(0, arrivedAt.get(n) - at))
  },
})

/** Tries again where the kernel has no place for another connection that waits to be accepted. */
async function openAtLast(url, token) {
  for (;;) {
    try {
      return await openRaw(url, token, { onEvent })
    } catch (error) {
      if (error.code !== 'ECONNRESET') throw error
      await sleep(1)
    }
  }
}

function onEvent(text) {
  if (text.startsWith('42["room:message"')) heard++
  if (!text.startsWith('42["room:presence"')) return
  told.events++
  told.bytes += text.length
}

/** All clients repeat the work; resolves with the sum of the counts that they return. */
async function repeat(url, ms, work) {
  const until = performance.now() + ms
  let done = 0
  await Promise.all(
    clientsOf.get(url).map(async (client) => {
      while (performance.now() < until) {
        const count = await work(client)
        done += count
      }
    }),
  )
  return done
}

/** Works on all values, a number of them at the same time. */
async function share(values, atOnce, work) {
  const left = [...values]
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left.length > 0) await work(left.pop())
    }),
  )
}

function packet(outbox, room, count, data = SENTENCE) {
  const items = Array.from({ length: count }, () => ({
    n: ++outbox.n,
    key: randomUUID(),
    name: 'room:send',
    input: { room, data },
  }))
  return { outbox: outbox.id, items }
}

function expectOk(answer) {
  if (!answer.startsWith('[{"ok":true') || answer.includes('"ok":false')) throw new Error(answer)
  return answer
}
