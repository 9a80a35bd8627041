import { inspect } from 'node:util'
import { coreContract, command, extendContract } from '@yektayar/protocol'
import { expect, it } from 'vitest'
import { z } from 'zod'
import type { Connection } from '../src/socketio/connection.js'
import { roomClient } from './support/roomClient.js'
import { connected, startServer } from './support/server.js'

const contract = extendContract(coreContract, {
  commands: { look: command({ input: z.null(), output: z.null() }) },
})

/** Everything that an app might print: the server's public objects, and what handlers receive. */
async function startCanary() {
  const seen: unknown[] = []
  const context = await startServer({
    contract,
    commands: {
      look: (given) => {
        seen.push(given, given.connection)
        return null
      },
    },
  })
  const { io } = context.server
  io.on('connection', (connection) => seen.push(connection))
  const print = async (): Promise<string> => {
    const remote = await io.fetchSockets()
    const all = [...seen, context.server.sessions, context.server.app.yektayar, remote]
    const printed = all.map((one) => inspect(one, { depth: 6, showHidden: true }))
    const handshakes = remote.map(({ handshake }) => JSON.stringify(handshake))
    return [...printed, ...handshakes].join('\n')
  }
  return Object.assign(context, { print })
}

it('nothing that an app is handed shows the token of a connection, renewed or not', async () => {
  await using context = await startCanary()
  const { token } = await context.acquire()
  const client = context.client({ auth: { token, locale: 'fa' } })
  await connected(client)
  const ask = async (name: string): Promise<unknown> => client.emitWithAck(name as 'ping')
  const tokenOf = (answer: unknown): string =>
    /"sessionToken":"(.*?)"/.exec(JSON.stringify(answer))?.[1] ?? ''
  await ask('look')
  expect(tokenOf(await ask('status'))).toBe(token)
  expect(await ask('session:renew')).toMatchObject({ ok: true })
  const renewed = tokenOf(await ask('status'))
  expect(renewed).toHaveLength(token.length)
  expect(renewed).not.toBe(token)
  expect(tokenOf(await ask('info'))).toBe(`***${renewed.slice(-6)}`)
  const printed = await context.print()
  expect(printed).toContain("locale: 'fa'")
  expect(printed).not.toContain(token)
  expect(printed).not.toContain(renewed)
})

it('nor that of one which came in the query', async () => {
  await using context = await startCanary()
  const { token } = await context.acquire()
  const client = await connected(context.client({ query: { token, locale: 'fa' } }))
  expect(await client.emitWithAck('status')).toMatchObject({
    data: { connection: { sessionToken: token } },
  })
  const printed = await context.print()
  expect(printed).toContain("locale: 'fa'")
  expect(printed).not.toContain(token)
})

it('a middleware of the app reads it as in the guide, before the connection is there', async () => {
  await using context = await startServer()
  const read: unknown[] = []
  context.server.io.use((socket: Connection, next) => {
    const { auth, query } = socket.handshake
    read.push((auth as { token?: unknown }).token ?? query.token)
    next()
  })
  const { token } = await roomClient(context)
  expect(read).toEqual([token])
})
