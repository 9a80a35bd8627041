import type { YektaYarSocket } from '@yektayar/client'
import { describe, expect, it } from 'vitest'
import { eventually, rejection } from '../support/stage.js'
import { stages } from '../support/stages.js'

const ROOM = 'public:lobby'

/** Removes the type, as a call from plain JavaScript does. */
const untyped = (value: unknown): never => value as never

class Money {
  readonly amount = 1
}

const kinds: [what: string, avatar: unknown, message: string][] = [
  ['a File', new File(['x'], 'a.png'), 'is a File: send its URL'],
  ['bytes', new Uint8Array(2), 'is a Uint8Array: send base64'],
  ['a Buffer', Buffer.from('x'), 'is a Buffer: send base64'],
  ['a Map', new Map([['a', 1]]), 'is a Map: send an array'],
  ['a function', () => 1, 'is a function: send plain JSON'],
  ['a bigint', 1n, 'is a bigint: send a string'],
  ['NaN', NaN, 'is NaN: send null'],
  ['an instance', new Money(), 'is a Money: send plain JSON'],
]

const paths: [path: string, send: (client: YektaYarSocket, value: unknown) => Promise<unknown>][] =
  [
    ['echo', (client, value) => client.echo(untyped(value))],
    ['sendMessage', (client, value) => client.sendMessage(untyped(value))],
    ['a call', (client, value) => client.call('echo', untyped(value))],
    ['a room', (client, value) => client.room(ROOM).send(untyped(value))],
  ]

describe.each(stages)('what is not JSON, and $name', ({ start }) => {
  it.each([false, true])(
    'is refused before it is sent, with a contract: %s',
    async (hasContract) => {
      await using stage = await start(hasContract ? {} : { contract: undefined })
      // Typed as a client with more commands.
      const client = stage.client as unknown as YektaYarSocket
      await client.connect()
      for (const [path, send] of paths) {
        for (const [what, avatar, message] of kinds) {
          const error = await rejection(send(client, { avatar }))
          expect(error, `${what} by ${path}`).toMatchObject({
            code: 'invalid_input',
            message: expect.stringContaining(`avatar ${message}`) as string,
            retryable: false,
            mayHaveRun: false,
            data: { issues: [{ path: path === 'a room' ? 'data.avatar' : 'avatar', message }] },
          })
        }
      }
      expect(client.status).toBe('connected')
      expect(client.outbox.getSnapshot().items).toEqual([])
      const { messages } = await client.room(ROOM).history()
      expect(messages).toEqual([])
    },
  )

  it.each(kinds)('is not published: %s', async (_what, avatar, message) => {
    await using stage = await start()
    const publishing = stage.publish(ROOM, untyped({ avatar })).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(await publishing).toMatchObject({
      code: 'invalid_input',
      message: `avatar ${message}`,
      data: { issues: [{ path: 'avatar', message }] },
    })
  })

  it.each([false, true])('is not what has a toJSON(), with a contract: %s', async (hasContract) => {
    await using stage = await start(hasContract ? {} : { contract: undefined })
    const { client } = stage
    await client.connect()
    const given = { at: new Date(0), home: new URL('http://a.test/'), gone: undefined, zero: -0 }
    const sent = { at: '1970-01-01T00:00:00.000Z', home: 'http://a.test/', zero: 0 }
    expect((await client.echo(given)).received).toStrictEqual(sent)
    expect((await client.sendMessage(given)).data).toStrictEqual(sent)
    const room = client.room(ROOM)
    await room.join()
    await room.send(given)
    await stage.publish(ROOM, untyped(given))
    await eventually(() => {
      expect(room.messages.map(({ data }) => data)).toStrictEqual([sent, sent])
    })
  })

  it('is not what a caller does to its input after the call', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const form = { text: 'hello', avatar: null as unknown }
    const echoed = client.call('echo', untyped(form))
    form.text = ''
    form.avatar = new File([], 'a')
    expect(await echoed).toMatchObject({ received: { text: 'hello', avatar: null } })
  })

  it('is told of a handler’s answer, and not sent as something else', async () => {
    await using stage = await start()
    await stage.client.connect()
    for (const name of ['note:add', 'note:save'] as const) {
      const error = await rejection(stage.client.call(name, { text: 'map' }))
      expect(error).toMatchObject({ code: 'internal_error' })
    }
    expect(stage.client.status).toBe('connected')
  })
})
