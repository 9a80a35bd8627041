import { command, coreContract, extendContract, json } from '@yektayar/protocol'
import type { Json } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import type { YektaYarSocket } from '../src/index.js'
import { eventually } from './support/eventually.js'
import { numbers } from './support/numbers.js'
import { deliverAll, scriptServer } from './support/scriptedServer.js'
import { startServer } from './support/server.js'
import { unlimited } from './support/unlimited.js'

/** Returns the data of a room's stored messages, in order. */
async function stored(client: YektaYarSocket, room: `public:${string}`): Promise<Json[]> {
  const { messages } = await client.room(room).history({ limit: 200 })
  return messages.map(({ data }) => data)
}

describe('an outbox', () => {
  it('sends what was queued together in one packet, and at most 32 at a time', async () => {
    await using server = await scriptServer(() => undefined)
    const client = server.client()
    await client.connect()
    for (let index = 0; index < 40; index++) void client.sendMessage(index)
    await eventually(() => {
      expect(server.packets).toHaveLength(1)
    })
    expect(server.packets[0]?.items.map(({ n }) => n)).toEqual(numbers(1, 32))
    server.play(deliverAll)
    server.cut()
    await eventually(() => {
      expect(client.outbox.getSnapshot().items).toEqual([])
    })
    const [first, again, rest] = server.packets
    expect(again).toEqual(first)
    expect(rest?.items.map(({ n }) => n)).toEqual(numbers(33, 40))
  })

  it('is never so far ahead of an item without an answer that the server forgets that answer', async () => {
    const withheld: (() => void)[] = []
    await using server = await scriptServer((packet, answer) => {
      if (packet.items[0]?.n === 1)
        withheld.push(() => {
          deliverAll(packet, answer)
        })
      else deliverAll(packet, answer)
    })
    const client = server.client()
    await client.connect()
    const first = client.sendMessage('first')
    await eventually(() => {
      expect(withheld).toHaveLength(1)
    })
    const rest = numbers(2, 300).map((n) => client.sendMessage(n))
    await rest[30] // message 32
    await client.ping()
    const newest = Math.max(...server.packets.flatMap(({ items }) => items.map(({ n }) => n)))
    expect(newest).toBe(32)
    for (const answer of withheld) answer()
    await Promise.all([first, ...rest])
  })

  it('keeps the order through lost connections, and nothing is doubled', async () => {
    await using context = await startServer(unlimited)
    const client = context.client()
    let packets = 0
    context.server.io.on('connection', (socket) => {
      socket.onAny((name: string) => {
        // Every second packet reaches the server, but its answer is lost.
        if (name.startsWith('outbox:') && ++packets % 2 === 0) socket.conn.close()
      })
    })
    await client.connect()
    await Promise.all(numbers(0, 299).map((n) => client.room('public:order').send(n)))
    const reader = context.client()
    await reader.connect()
    const newest = await stored(reader, 'public:order')
    expect(packets).toBeGreaterThan(15)
    expect(newest).toEqual(numbers(100, 299))
    const { messages } = await reader.room('public:order').history({ before: 101, limit: 200 })
    expect(messages.map(({ data }) => data)).toEqual(numbers(0, 99))
  })

  it('carries an app’s own once commands, by the contract or by the call', async () => {
    const contract = extendContract(coreContract, {
      commands: { 'note:add': command({ input: json, output: json, delivery: 'once' }) },
    })
    await using server = await scriptServer(deliverAll)
    // This client knows from the contract that note:add is delivered once.
    const known = server.client({ contract: contract })
    await known.connect()
    expect(await known.call('note:add' as 'echo', 'x')).toBe(1)
    const told = server.client()
    await told.connect()
    expect(await told.call('note:add' as 'echo', 'x', { delivery: 'once' })).toBe(1)
    expect(server.packets.map(({ items }) => items[0]?.name)).toEqual(['note:add', 'note:add'])
  })

  it('takes a command of an app for what it is, even if it looks like a message', async () => {
    const output = json
    const contract = extendContract(coreContract, {
      commands: { 'note:add': command({ input: json, output, delivery: 'once' }) },
    })
    await using context = await startServer({
      contract,
      commands: { 'note:add': ({ input }: { input: Json }) => input },
    })
    const client = context.client({ contract })
    await client.connect()
    const note = { room: 'public:any', data: 'a note' }
    expect(await client.call('note:add' as 'echo', note)).toEqual(note)
    expect(await stored(client, 'public:any')).toEqual([])
  })

  it('names the user whose items it sends', async () => {
    await using server = await scriptServer(deliverAll)
    const client = server.client()
    await client.connect()
    await client.sendMessage('x')
    expect(server.packets[0]).not.toHaveProperty('user')
    await using context = await startServer({ authenticate: ({ username = '' }) => username })
    const signedIn = context.client()
    await signedIn.connect()
    await signedIn.session.signIn({ username: 'sara' })
    const packets: unknown[] = []
    for (const socket of context.server.io.sockets.sockets.values()) {
      socket.onAny((name, input) => packets.push([name, input]))
    }
    await signedIn.sendMessage('x')
    expect(packets).toEqual([['outbox:deliver', expect.objectContaining({ user: 'sara' })]])
  })

  it('goes on after an item that the server refuses', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    const [refused, taken] = await Promise.allSettled([
      client.room('user:somebody').send('x'),
      client.room('public:any').send('y'),
    ])
    expect(refused).toMatchObject({ reason: { code: 'room_forbidden', mayHaveRun: false } })
    expect(taken).toMatchObject({ value: { room: 'public:any', seq: 1 } })
  })

  it('sends few packets to a server that limits it, and is not cut', async () => {
    const limits = { commandBurstPerSession: 20, commandsPerSessionPerSecond: 100 }
    await using context = await startServer({ limits: { ...limits, packetBurst: 60 } })
    const client = context.client()
    await client.connect()
    let packets = 0
    for (const socket of context.server.io.sockets.sockets.values()) {
      socket.onAny(() => packets++)
    }
    const statuses = new Set<string>()
    client.subscribe(({ status }) => statuses.add(status))
    const room = client.room('public:many')
    await Promise.all(numbers(1, 150).map((index) => room.send(index)))
    expect([...statuses]).toEqual(['connected'])
    expect(packets).toBeLessThan(60)
    await new Promise((resolve) => setTimeout(resolve, 200)) // it has used all that it may
    expect(await stored(client, 'public:many')).toEqual(numbers(1, 150))
  })

  it('waits when the server asks for it', async () => {
    await using context = await startServer({ limits: { commandBurstPerSession: 10 } })
    const client = context.client()
    await client.connect()
    await Promise.all(numbers(1, 15).map((index) => client.sendMessage(index)))
    expect(client.outbox.getSnapshot().items).toEqual([])
  })
})
