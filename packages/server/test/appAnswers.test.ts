import { MAX_USER_ID_LENGTH } from '@yektayar/protocol/rules'
import { describe, expect, it } from 'vitest'
import type { CreateServerOptions } from '../src/index.js'
import { captureLog } from './support/captureLog.js'
import { roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'
import { startLife } from './support/sessionLife.js'

/** Signs in with an `authenticate` that returns `answer`; returns the response and the log. */
async function signInWith(answer: unknown, more: CreateServerOptions = {}) {
  await using context = await startLife({
    logLevel: 'warn',
    environment: 'production',
    authenticate: (() => answer) as never, // untyped, as in plain JavaScript
    ...more,
  })
  const log = captureLog(context.server)
  const { token } = await context.acquire()
  const { status, body } = await context.signIn(token)
  const after = await context.call('GET', '', token)
  return { status, body, isStillAnonymous: after.body.userId === null, log: log.text() }
}

describe('what authenticate returns', () => {
  it.each(['sara', 's', 'سارا 😀', 'x'.repeat(MAX_USER_ID_LENGTH)])(
    'is the user’s id: %s',
    async (id) => {
      expect(await signInWith(id)).toMatchObject({ status: 200, body: { userId: id }, log: '' })
      expect(await signInWith(Promise.resolve(id))).toMatchObject({ status: 200 })
    },
  )

  it('is null for wrong credentials', async () => {
    expect(await signInWith(null)).toMatchObject({
      status: 401,
      body: { error: { code: 'unauthorized' } },
      isStillAnonymous: true,
      log: '',
    })
  })

  it.each([
    ['false', false],
    ['undefined', undefined],
    ['an empty string', ''],
  ])('counts as wrong credentials, and is named in the log: %s', async (kind, answer) => {
    const { log, ...rest } = await signInWith(answer)
    expect(rest).toMatchObject({
      status: 401,
      body: { error: { code: 'unauthorized' } },
      isStillAnonymous: true,
    })
    expect(log).toMatch(new RegExp(`authenticate.*${kind}`))
  })

  it.each([
    ['true', true],
    ['0', 0],
    ['a number', 42],
    ['a bigint', 1n],
    ['an object', { id: 'sara' }],
    ['a list', ['sara']],
    ['a Date', new Date(0)],
    ['a symbol', Symbol('sara')],
    ['a function', () => 'sara'],
    ['a long string', 'x'.repeat(MAX_USER_ID_LENGTH + 1)],
    ['a string with a NUL', 'sara\0'],
    ['a string with a lone surrogate', 'sara\ud800'],
  ])('signs nobody in where it is %s', async (_kind, answer) => {
    const { log, ...rest } = await signInWith(answer)
    expect(rest).toMatchObject({
      status: 500,
      body: { error: { code: 'internal_error' } },
      isStillAnonymous: true,
    })
    expect(log).toMatch(/authenticate/)
    expect(log).not.toMatch(/sara/)
  })
})

describe('what accountOf returns', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a number', 7],
    ['a promise', Promise.resolve('sara')],
    ['an object', {}],
  ])('has to be a string, and nobody signs in where it is %s', async (_kind, account) => {
    const { log, ...rest } = await signInWith('sara', { accountOf: (() => account) as never })
    expect(rest).toMatchObject({
      status: 500,
      body: { error: { code: 'internal_error' } },
      isStillAnonymous: true,
    })
    expect(log).toMatch(/accountOf/)
  })
})

describe('the server’s own methods', () => {
  const wrong: unknown[] = [undefined, null, false, true, 0, 123, 1n, {}, [], () => 1, Symbol('x')]
  wrong.push(new Date(0), '', 'a\0b', 'a\ud800b', 'x'.repeat(2_000))
  const refused = { name: 'CommandError', code: 'invalid_input' }

  it('publish only to rooms that have a name', async () => {
    await using context = await startServer()
    const { publish, toUser, toSession } = context.server
    for (const name of wrong as 'public:x'[]) {
      await expect(publish(name, 1)).rejects.toMatchObject(refused)
      await expect(toUser(name).publish(1)).rejects.toMatchObject(refused)
      await expect(toSession(name).publish(1)).rejects.toMatchObject(refused)
    }
    await expect(publish('public:lobby', 1)).resolves.toMatchObject({ seq: 1 })
    await expect(toUser('x'.repeat(MAX_USER_ID_LENGTH)).publish(1)).resolves.toMatchObject({
      seq: 1,
    })
  })

  it('publish only what is JSON', async () => {
    await using context = await startServer()
    const cycle: unknown[] = []
    cycle.push(cycle)
    for (const data of [undefined, 1n, NaN, new Map(), cycle, { a: Symbol('x') }, () => 1]) {
      await expect(context.server.publish('public:a', data as never)).rejects.toMatchObject(refused)
    }
  })

  it('sign in only users that have an id', async () => {
    await using context = await startServer()
    const { sessions } = context.server
    const { id } = (await sessions.findByToken((await context.acquire()).token)) ?? { id: '' }
    for (const userId of wrong as string[]) {
      await expect(sessions.signIn(id, userId)).rejects.toMatchObject(refused)
    }
    expect(await sessions.find(id)).toMatchObject({ userId: null })
    await expect(sessions.signIn(id, 'sara')).resolves.toMatchObject({ userId: 'sara' })
  })

  it('acquire sessions only with metadata that is flat JSON', async () => {
    await using context = await startServer()
    const { sessions } = context.server
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    const facts = [{ at: new Date(0) }, { n: 1n }, { n: NaN }, { deep: {} }, { list: [1] }]
    for (const metadata of [...facts, cycle, null, 'x', [], 7]) {
      await expect(sessions.acquire(metadata as never)).rejects.toMatchObject(refused)
    }
    const odd = { text: 'a\0b \ud800 متن', yes: true, none: null, n: 1.5 }
    const { token } = await sessions.acquire(odd)
    expect(await sessions.findByToken(token)).toMatchObject({ metadata: odd })
  })

  it('find nothing by an invalid id or reject it with a CommandError, never as a store failure', async () => {
    await using context = await startServer()
    const { sessions } = context.server
    const client = await roomClient(context)
    const isForKysely = (id: unknown) => typeof id === 'function' || Array.isArray(id)
    const ids = wrong.filter((id) => !isForKysely(id)) as string[]
    for (const id of ids) {
      for (const call of [
        async () => sessions.findByToken(id),
        () => sessions.find(id),
        () => sessions.renew(id, undefined),
        () => sessions.signOut(id),
        () => sessions.end(id),
        () => sessions.endAllOfUser(id),
        async () => sessions.touch(id, 0),
        () => sessions.touchAll([id]),
      ]) {
        const result: unknown = await call().catch((error: unknown) => error)
        if (result instanceof Error) expect(result).toMatchObject({ name: 'CommandError' })
        if (result instanceof Error) expect(result).not.toMatchObject({ code: 'store_unavailable' })
      }
    }
    expect(await client.ask('ping', undefined)).toMatchObject({})
  })
})
