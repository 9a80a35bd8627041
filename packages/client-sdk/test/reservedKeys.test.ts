import { describe, expect, it } from 'vitest'
import { isYektaYarError } from '../src/index.js'
import { deliverAll, scriptServer } from './support/scriptedServer.js'
import { rejection, startServer } from './support/server.js'

const ROOM = 'public:lobby'

/** Values that a server refuses for one of their keys, and where it is. */
const values: [path: string, json: string][] = [
  ['__proto__', '{"__proto__":1}'],
  ['a.0.__proto__', '{"a":[{"__proto__":{}}]}'],
  ['constructor', '{"constructor":{"prototype":1}}'],
  ['b.constructor', '{"a":1,"b":{"constructor":{"prototype":null}}}'],
]

describe('a key that servers refuse', () => {
  it.each(values)(
    'is refused at once, and what waits beside it arrives: %s',
    async (path, json) => {
      await using context = await startServer()
      const client = context.client()
      const room = client.room(ROOM)
      const others = Array.from({ length: 19 }, (_, index) => room.send(index))
      const refused = rejection(room.send(JSON.parse(json)))
      others.push(room.send('last'))
      expect(await refused).toMatchObject({
        code: 'invalid_input',
        mayHaveRun: false,
        message: `room:send: data.${path} is a reserved key`,
        data: { issues: [{ path: `data.${path}`, message: 'is a reserved key' }] },
      })
      await client.connect()
      await Promise.all(others)
      await room.join()
      expect(room.messages.map(({ data }) => data)).toEqual([...Array(19).keys(), 'last'])
    },
  )

  it('is refused wherever it is sent', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    const room = client.room(ROOM)
    await room.join()
    const bad = JSON.parse('{"__proto__":1}') as object
    const calls = [
      client.echo(bad),
      client.sendMessage(bad),
      room.setPresence(bad),
      client.room('public:other').join({ presence: bad }),
      client.session.signIn(bad as never),
    ]
    for (const failed of await Promise.all(calls.map(rejection))) {
      expect(failed).toMatchObject({ data: { issues: [{ path: '__proto__' }] } })
    }
    expect(client.status).toBe('connected')
  })

  it.each(['{"constructor":1}', '{"prototype":{}}', '{"constructor":{"a":1}}', '["__proto__"]'])(
    'is not one of these: %s',
    async (json) => {
      await using context = await startServer()
      const client = context.client()
      await client.connect()
      expect(await client.echo(JSON.parse(json))).toMatchObject({
        received: JSON.parse(json) as unknown,
      })
    },
  )
})

it.each(['x'.repeat(300), 'no-such-command', ''])(
  'a command that no server has fails alone: %j',
  async (name) => {
    await using context = await startServer()
    const client = context.client()
    const sent = [client.sendMessage('before')]
    const refused = rejection(client.call(name as never, 1 as never, { delivery: 'once' }))
    sent.push(client.sendMessage('after'))
    await client.connect()
    await Promise.all(sent)
    expect(isYektaYarError(await refused)).toBe(true)
  },
)

describe.each([
  ['invalid_input', false],
  ['payload_too_large', false],
])('a packet that is refused for one of its items (%s)', (code) => {
  it.each([0, 7, 19])('fails that item alone: the one at %i of 20', async (bad) => {
    const isBad = (input: unknown) => input === `item ${String(bad)}`
    await using server = await scriptServer((packet, answer) => {
      if (packet.items.some(({ input }) => isBad(input)))
        answer({ code, message: 'The input contains a reserved key', retryable: false })
      else deliverAll(packet, answer)
    })
    const client = server.client()
    const sent = Array.from({ length: 20 }, (_, index) =>
      client.sendMessage(`item ${String(index)}`),
    )
    await client.connect()
    const settled = await Promise.allSettled(sent)
    expect(settled.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).toEqual([
      bad,
    ])
    expect(settled[bad]).toMatchObject({ reason: { code } })
    const delivered = server.packets.filter(({ items }) => !items.some(({ input }) => isBad(input)))
    const numbers = delivered.flatMap(({ items }) => items.filter(({ skip }) => !skip))
    expect(numbers.map(({ n }) => n)).toEqual([...new Set(numbers.map(({ n }) => n))])
    expect(server.packets.length).toBeLessThan(16)
  })
})
