import { randomUUID } from 'node:crypto'
import { command, coreContract, extendContract, json } from '@yektayar/protocol'
import type { LoggerOptions } from 'pino'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CommandError, yektayar } from '../src/index.js'
import { startCounting } from './support/countingServer.js'
import { startLoggingApp } from './support/loggingApp.js'
import { roomClient, ROOM, sendItem } from './support/roomClient.js'
import { acquire, connected } from './support/server.js'
import { io } from 'socket.io-client'
import { emptyStore } from './support/testDatabase.js'

const contract = extendContract(coreContract, {
  commands: { 'app:order': command({ input: json, output: z.null(), delivery: 'once' }) },
})

function order({ input, log }: { input: unknown; log: { info(text: string): void } }): null {
  log.info('from the handler')
  if (input === 'broken') throw new Error('no warehouse')
  if (input === 'refused') throw new CommandError('conflict', 'It was sold')
  return null
}

/** An app that logs to an array, with one client. */
async function startLogging(options?: Parameters<typeof startLoggingApp>[1]) {
  const databaseUrl = await emptyStore()
  const app = await startLoggingApp(
    (instance) =>
      Promise.resolve(
        instance.register(
          yektayar({
            databaseUrl,
            contract,
            commands: { 'app:order': order },
          }),
        ),
      ),
    options,
  )
  const { token } = await acquire(app.url)
  const client = io(app.url, { auth: { token }, transports: ['websocket'], forceNew: true })
  await connected(client)
  const deliver = (outbox: string, items: unknown[]): Promise<unknown> =>
    client.emitWithAck('outbox:deliver', { outbox, items })
  return Object.assign(app, { client, deliver })
}

const secret = 'a secret of somebody'

describe('an item of an outbox', () => {
  it('is counted and timed under its own command, by what became of it', async () => {
    await using context = await startCounting()
    const client = await roomClient(context)
    const outbox = randomUUID()
    const items = [
      sendItem(1, ROOM, 'a'),
      sendItem(2, 'user:somebody', 'b'),
      { n: 3, name: 'message', input: 'x' },
      { n: 4, name: 'nope', input: 1 },
      { n: 5, name: 'echo', input: 1 },
      { n: 6, skip: true as const },
      sendItem(7, ROOM, 'c'),
    ]
    await client.deliver(outbox, items)
    const value = (name: string, outcome: string) =>
      context.value(`yektayar_commands_total{command="${name}",outcome="${outcome}"}`)
    expect(await value('room:send', 'ok')).toBe(2)
    expect(await value('room:send', 'room_forbidden')).toBe(1)
    expect(await value('message', 'ok')).toBe(1)
    expect(await value('unknown', 'unknown_command')).toBe(1)
    expect(await value('echo', 'invalid_input')).toBe(1)
    const durations = 'yektayar_command_duration_seconds_count'
    expect(await context.value(`${durations}{command="room:send"}`)).toBe(3)
    await client.deliver(outbox, items)
    expect(await value('room:send', 'ok')).toBe(2)
    expect(await value('room:send', 'repeated')).toBe(3)
    expect(await context.read()).not.toMatch(/nope|lobby|private/)
  })

  it('is counted with the code of the failure where the store cannot take it', async () => {
    await using context = await startCounting({ maxStoreBytes: 1 })
    const client = await roomClient(context)
    const items = [sendItem(1, ROOM, 'a'), sendItem(2, ROOM, 'b')]
    await expect(client.deliver(randomUUID(), items)).rejects.toMatchObject({ code: 'store_full' })
    const line = 'yektayar_commands_total{command="room:send",outcome="store_full"}'
    expect(await context.value(line)).toBe(2)
  })

  it('is logged under its own command, with its number and a hash of its key', async () => {
    await using app = await startLogging()
    const outbox = randomUUID()
    const items = [
      { n: 1, name: 'app:order', input: secret, key: 'first key' },
      { n: 2, name: 'app:order', input: 'refused', key: 'second key' },
      { n: 3, name: 'app:order', input: 'broken', key: 'third key' },
      {
        n: 4,
        name: 'room:send',
        input: { room: 'user:somebody', data: secret },
        key: 'fourth key',
      },
      { n: 5, name: 'nope', input: secret, key: 'fifth key' },
    ]
    await app.deliver(outbox, items)
    app.client.close()

    const fields = (text: string) =>
      app.find(text).map(({ level, command: name, n, code }) => [level, name, n, code])
    expect(fields('item settled')).toEqual([[20, 'app:order', 1, undefined]])
    expect(fields('item refused')).toEqual([
      [30, 'app:order', 2, 'conflict'],
      [30, 'app:order', 3, 'internal_error'],
      [30, 'room:send', 4, 'room_forbidden'],
      [30, undefined, 5, 'unknown_command'],
    ])
    expect(fields('command threw')).toEqual([[50, 'app:order', 3, undefined]])
    expect(fields('from the handler').map(([, name, n]) => [name, n])).toEqual([
      ['app:order', 1],
      ['app:order', 2],
      ['app:order', 3],
    ])
    const hashes = [...app.find('item settled'), ...app.find('item refused')].map(
      ({ keyHash }) => keyHash,
    )
    expect(new Set(hashes).size).toBe(5)
    for (const hash of hashes) expect(hash).toMatch(/^[\w-]{16}$/)
    expect(app.find('command threw')[0]?.keyHash).toBe(hashes[2])
    expect(JSON.stringify(app.lines)).not.toMatch(/a secret|\w+ key|private|nope/)
  })

  it('leaves no second line when it comes again', async () => {
    await using app = await startLogging()
    const outbox = randomUUID()
    const items = [{ n: 1, name: 'app:order', input: 'refused' }]
    await app.deliver(outbox, items)
    await app.deliver(outbox, items)
    app.client.close()
    expect(app.find('item refused')).toHaveLength(1)
    expect(app.find('item settled')).toMatchObject([{ level: 20, n: 1, isRepeated: true }])
  })

  it('gets no log where nothing is written of it', async () => {
    const ofCommands: unknown[] = []
    const onChild: LoggerOptions['onChild'] = (child) => {
      const { commandId, command: name } = child.bindings()
      if (commandId !== undefined) ofCommands.push(name)
    }
    await using app = await startLogging({ level: 'info', onChild })
    const items = [sendItem(1, ROOM, 'a'), { n: 2, skip: true }, sendItem(3, ROOM, 'b')]
    await app.deliver(randomUUID(), items)
    await app.client.emitWithAck('echo', 'a')
    await app.client.emitWithAck('room:join', { room: 'user:somebody' }) // refused
    await app.client.emitWithAck('room:join', { room: ROOM })
    expect(ofCommands).toEqual([])
    await app.deliver(randomUUID(), [{ n: 1, name: 'app:order', input: 'a' }])
    expect(ofCommands).toEqual(['app:order'])
    app.client.close()
  })
})
