import { expect, it } from 'vitest'
import { YektaYarError, YektaYarSocket } from '../src/index.js'
import { enterRoom } from './support/enterRoom.js'
import { startServer } from './support/server.js'

type Failing = (client: YektaYarSocket) => Promise<unknown>

const failing: readonly [string, Failing][] = [
  ['call', (client) => client.call('echo', 'x', { timeoutMs: 1 })],
  ['ping', (client) => client.ping({ signal: AbortSignal.abort() })],
  ['getStatus', (client) => client.getStatus({ signal: AbortSignal.abort() })],
  ['sendMessage', (client) => client.sendMessage('x', { timeoutMs: 1 })],
  ['connect', (client) => client.connect({ signal: AbortSignal.abort() })],
  ['whenStatus', (client) => client.whenStatus('reconnecting', { timeoutMs: 1 })],
  ['room().send', (client) => client.room('public:a').send('x', { timeoutMs: 1 })],
  ['room().join', (client) => client.room('public:a').join({ timeoutMs: 1 })],
  ['room().history', (client) => client.room('public:a').history({ timeoutMs: 1 })],
  ['session.signIn', (client) => client.session.signIn({ username: 'a', password: 'b' })],
  ['outbox.retry', (client) => client.outbox.retry('nothing')],
]

it.each(failing)('the stack of a failed %s leads to its caller', async (_name, fail) => {
  const client = new YektaYarSocket({ url: 'http://127.0.0.1:9' })
  async function functionOfTheApp(): Promise<unknown> {
    return fail(client)
  }
  const error: unknown = await functionOfTheApp().catch((reason: unknown) => reason)
  await client.disconnect()
  expect(error).toBeInstanceOf(YektaYarError)
  const { stack, message } = error as YektaYarError
  expect(stack).toContain(message)
  expect(stack).toContain('functionOfTheApp')
  expect(stack?.match(/functionOfTheApp/g)).toHaveLength(1)
})

it('so does that of a refusal by the server', async () => {
  await using context = await startServer()
  const { client } = await enterRoom(context)
  async function functionOfTheApp(): Promise<void> {
    await client.room('user:somebody').send('x')
  }
  const error: unknown = await functionOfTheApp().catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'room_forbidden' })
  expect((error as Error).stack).toContain('functionOfTheApp')
})
