import { CommandError } from '@yektayar/server'
import { describe, expect, it, vi } from 'vitest'
import { appContract, handlerFaults, SECRET } from './support/appContract.js'
import { callWithAck, sendWithoutAck } from './support/outcome.js'
import { startScene } from './support/scene.js'
import { passTime } from './support/passTime.js'

type Handler = (context: { input: unknown; signal: AbortSignal }) => unknown

const faults: Readonly<Record<string, () => unknown>> = handlerFaults

/** A scene whose app uses one handler for all of its own commands. */
function startApp(run: Handler, environment: 'development' | 'production' = 'development') {
  const added = ['app:run', 'app:shaped', 'app:take', 'app:badInput', 'app:badOutput']
  const commands = Object.fromEntries(added.map((name) => [name, run]))
  return startScene({ contract: appContract, commands, environment })
}

const timedOut = { ok: false, error: { code: 'handler_timeout', retryable: true } }
const failed = { ok: false, error: { code: 'internal_error', retryable: false } }

describe.each(['development', 'production'] as const)('in %s, a handler that', (environment) => {
  it.each(Object.entries(faults).filter(([what]) => !what.startsWith('refuses')))(
    '%s is answered with internal_error',
    async (_what, run) => {
      await using scene = await startApp(run, environment)
      const client = await scene.attacker()
      const outcomes = [
        await callWithAck(client, 'app:run'),
        await sendWithoutAck(client, 'app:run', 'app:ran'),
      ]
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject(failed)
        expect(JSON.stringify(outcome)).not.toContain(SECRET)
      }
    },
  )

  it.each(Object.entries(faults).filter(([what]) => what.startsWith('refuses')))(
    '%s is answered nevertheless',
    async (_what, run) => {
      await using scene = await startApp(run, environment)
      const client = await scene.attacker()
      expect(await callWithAck(client, 'app:run')).toMatchObject({ ok: false })
      expect(await sendWithoutAck(client, 'app:run', 'app:ran')).toMatchObject({ ok: false })
    },
  )
})

it.each([
  ['nothing', () => undefined],
  ['null', () => null],
  ['a text', () => 'now'],
  ['a function', () => () => SECRET],
  ['a symbol', () => Symbol(SECRET)],
  ['an array', () => [{ timestamp: new Date().toISOString() }]],
  ['a wrong time', () => ({ timestamp: 'now' })],
  ['a number', () => ({ timestamp: 5 })],
])('a result that is %s breaks the contract and is not sent', async (_what, run) => {
  await using scene = await startApp(run)
  const client = await scene.attacker()
  expect(await callWithAck(client, 'app:shaped')).toMatchObject(failed)
  expect(await sendWithoutAck(client, 'app:shaped', 'app:shape')).toMatchObject(failed)
})

it('a typed error reaches the caller with its details and without its cause', async () => {
  const data = { issues: [{ path: 'a', message: 'b' }], deep: [{ nul: '\u0000', half: '\ud800' }] }
  await using scene = await startApp(() => {
    throw new CommandError('conflict', 'Not now', {
      hint: 'Later',
      data,
      cause: new Error(SECRET),
    })
  })
  const client = await scene.attacker()
  const expected = {
    ok: false,
    error: { code: 'conflict', message: 'Not now', hint: 'Later', retryable: false, data },
  }
  expect(await callWithAck(client, 'app:run')).toEqual(expected)
  expect(await sendWithoutAck(client, 'app:run', 'app:ran')).toEqual(expected)
})

it('a handler that never returns is answered with handler_timeout, its signal aborted', async () => {
  const signals: AbortSignal[] = []
  await using scene = await startApp(({ signal }) => {
    signals.push(signal)
    return new Promise(() => undefined)
  })
  const client = await scene.attacker()
  const outcomes = await passTime(client, 'app:run', () => signals.length === 2)
  for (const outcome of outcomes) expect(outcome).toMatchObject(timedOut)
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
})

it('a handler whose caller leaves has its signal aborted and answers nobody', async () => {
  const signals: AbortSignal[] = []
  await using scene = await startApp(async ({ signal }) => {
    signals.push(signal)
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve)
    })
    throw new Error(SECRET)
  })
  const client = await scene.attacker()
  client.emit('app:run', 1)
  await vi.waitFor(() => {
    expect(signals).toHaveLength(1)
  })
  client.close()
  await vi.waitFor(() => {
    expect(signals[0]?.aborted).toBe(true)
  })
})

it('a hundred handlers that hang at once on one connection hurt nobody', async () => {
  const signals: AbortSignal[] = []
  await using scene = await startApp(({ signal }) => {
    signals.push(signal)
    return new Promise(() => undefined)
  })
  const client = await scene.attacker()
  for (let index = 0; index < 100; index += 1) client.emit('app:run', index)
  await vi.waitFor(() => {
    expect(signals).toHaveLength(100)
  })
  expect(await callWithAck(client, 'ping')).toMatchObject({ ok: true })
  client.close()
  await vi.waitFor(() => {
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
  })
})
