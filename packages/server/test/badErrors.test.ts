import { randomUUID } from 'node:crypto'
import { command, coreContract, extendContract } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CommandError } from '../src/index.js'
import { captureLog } from './support/captureLog.js'
import { logOf } from './support/logOf.js'
import { answersOf, ROOM, roomClient, sendItem } from './support/roomClient.js'
import { startLife } from './support/sessionLife.js'

const contract = extendContract(coreContract, {
  commands: {
    'app:once': command({ input: z.any(), output: z.any(), delivery: 'once' }),
    'app:now': command({ input: z.any(), output: z.any() }),
  },
})

/** A `CommandError` with fields that TypeScript would refuse but plain JavaScript can pass. */
function badError(code: unknown, message: unknown = 'no', details: object = {}): CommandError {
  return new CommandError(code as 'conflict', message as string, details)
}

const cycle: unknown[] = []
cycle.push(cycle)
const changed = badError('conflict')
Object.assign(changed, { code: 'changed_later' })

describe.each(['development', 'production'] as const)('in %s, a CommandError', (environment) => {
  it.each<[string, CommandError, string]>([
    ['with a code that is none of the list', badError('sold_out'), 'sold_out'],
    ['with a code of the client', badError('timeout'), 'timeout'],
    ['whose code was changed', changed, 'changed_later'],
    ['without a code', badError(undefined), 'undefined'],
    ['whose code is an object', badError({ a: 1 }), 'object'],
    ['whose message is an object', badError('conflict', { a: 1 }), 'message'],
    ['whose hint is a number', badError('conflict', 'no', { hint: 7 }), 'hint'],
    ['whose data has a bigint', badError('conflict', 'no', { data: { n: 1n } }), 'data'],
    ['whose data is a cycle', badError('conflict', 'no', { data: cycle }), 'data'],
  ])('%s is an internal error of that command alone', async (_what, error, word) => {
    const fail = () => {
      throw error
    }
    await using context = await startLife({
      contract,
      environment,
      logLevel: 'error',
      commands: { 'app:once': fail, 'app:now': fail },
      authenticate: fail,
      authorize: (_session: unknown, _action: string, room: { name: string }) =>
        room.name === 'public:refused' ? fail() : true,
    } as never)
    const log = captureLog(context.server)
    const client = await roomClient(context)
    const outbox = randomUUID()
    const items = [
      sendItem(1, ROOM, 'before'),
      { n: 2, name: 'app:once', input: 1, key: 'k' },
      sendItem(3, 'public:refused', 'x'),
      sendItem(4, ROOM, 'after'),
    ]
    const internal = { code: 'internal_error', retryable: false }
    const answers = answersOf(await client.deliver(outbox, items))
    expect(answers).toMatchObject([
      { n: 1, ok: true },
      { n: 2, ok: false, error: internal },
      { n: 3, ok: false, error: internal },
      { n: 4, ok: true },
    ])
    expect(answersOf(await client.deliver(outbox, items))).toEqual(answers)
    expect(await logOf(client)).toEqual(['before', 'after'])
    expect(log.text().match(new RegExp(word, 'g'))?.length).toBeGreaterThanOrEqual(2)

    for (const name of ['app:once', 'app:now']) {
      await expect(client.ask(name, 1)).rejects.toMatchObject(internal)
    }
    await expect(client.join('public:refused')).rejects.toMatchObject(internal)
    const { status, body } = await context.signIn(client.token)
    expect({ status, body }).toMatchObject({ status: 500, body: { error: internal } })
    expect(log.text().match(new RegExp(word, 'g'))?.length).toBeGreaterThanOrEqual(6)
  })
})

it('a CommandError’s data arrives as JSON makes it', async () => {
  const data = { at: new Date(0), home: new URL('http://a.test/'), gone: undefined }
  const error = new CommandError('conflict', 'no', { hint: 'try', data })
  await using context = await startLife({
    contract,
    commands: {
      'app:once': () => {
        throw error
      },
      'app:now': () => {
        throw error
      },
    },
  })
  const client = await roomClient(context)
  const expected = {
    code: 'conflict',
    hint: 'try',
    data: JSON.parse(JSON.stringify(data)) as object,
  }
  const items = [{ n: 1, name: 'app:once', input: 1, key: 'k' }]
  const outbox = randomUUID()
  const first = answersOf(await client.deliver(outbox, items))
  expect(first).toMatchObject([{ ok: false, error: expected }])
  expect(answersOf(await client.deliver(outbox, items))).toEqual(first)
  await expect(client.ask('app:now', 1)).rejects.toMatchObject(expected)
})
