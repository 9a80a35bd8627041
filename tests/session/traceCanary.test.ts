import { inspect } from 'node:util'
import { memoryStorage } from '@yektayar/client'
import type { SessionStorage, TraceEvent } from '@yektayar/client'
import { command, coreContract, extendContract, json } from '@yektayar/protocol'
import { CommandError } from '@yektayar/server'
import { startTestServer } from '@yektayar/testing'
import { expect, it, vi } from 'vitest'

const PASSWORD = 'canary-password'
const contract = extendContract(coreContract, {
  commands: { refuse: command({ input: json, output: json }) },
})

/** Texts that no trace may contain, besides tokens. */
const secrets = [
  ...[PASSWORD, 'canary-wrong-password', 'canary-metadata', 'canary-user', 'canary-name'],
  ...['canary-input', 'canary-refusal', 'canary-hint', 'canary-data', 'canary-cause'],
  ...['canary-room', 'canary-message', 'canary-queued', 'canary-published', 'canary-id'],
]

/** Starts a server whose command fails with a canary text in every part of its error. */
function startServer() {
  return startTestServer({
    contract,
    authenticate: ({ username = '', password }: Record<string, string>) =>
      password === PASSWORD ? `canary-user-${username}` : null,
    commands: {
      refuse: () => {
        const data = { secret: 'canary-data' }
        throw new CommandError('conflict', 'canary-refusal', { hint: 'canary-hint', data })
      },
    },
  })
}

/** A storage that records every token ever stored in it. */
function rememberingStorage() {
  const tokens = new Set<string>()
  const inner = memoryStorage()
  const storage: SessionStorage = {
    ...inner,
    set: (key, value) => {
      tokens.add((JSON.parse(value) as { token: string }).token)
      return inner.set(key, value)
    },
  }
  return { storage, tokens }
}

it('no token, credentials, metadata, payload, user or room is in a trace', async () => {
  await using server = await startServer()
  const traces: TraceEvent[] = []
  const { storage, tokens } = rememberingStorage()
  let url = 'canary-cause'
  const client = server.client({
    url: () => {
      if (url === server.url) return url
      throw new Error('canary-cause', { cause: { token: 'canary-cause' } })
    },
    storage,
    metadata: { secret: 'canary-metadata' },
    onTrace: (trace) => traces.push(trace),
  })
  const told = (type: TraceEvent['type']) =>
    vi.waitFor(() => {
      expect(traces.map((trace) => trace.type)).toContain(type)
    })
  void client.connect()
  await told('attempt-failed')
  url = server.url
  await client.whenStatus('connected', { timeoutMs: 5_000 })

  const signIn = (password: string) =>
    client.session.signIn({ username: 'canary-name', password }).catch((error: unknown) => error)
  await signIn('canary-wrong-password')
  await signIn(PASSWORD)
  await client.session.renew()
  await client.session.list()
  await client.session.end('canary-id').catch(() => undefined)

  const room = client.room('public:canary-room')
  await room.join()
  await client
    .room('user:canary-room')
    .join()
    .catch(() => undefined)
  await room.send('canary-message')
  await server.server.publish('public:canary-room', 'canary-published')
  await client.echo('canary-input')
  await client.call('refuse', 'canary-input').catch(() => undefined)
  await client.echo('canary-input'.repeat(10_000)).catch(() => undefined)

  client.socket?.io.engine.close()
  await client.whenStatus('reconnecting')
  await Promise.all([client.sendMessage('canary-queued'), client.echo('canary-input')])
  await client.session.signOut()
  await client.disconnect()
  await told('closed')

  const types = new Set(traces.map(({ type }) => type))
  for (const type of [
    ...(['attempt', 'connecting', 'connected', 'disconnected', 'retry', 'request'] as const),
    ...(['wait', 'send', 'answer', 'event', 'session', 'renewal', 'room', 'room-joined'] as const),
    ...(['outbox-queued', 'outbox-deliver', 'outbox-settled'] as const),
  ]) {
    expect(types).toContain(type)
  }
  expect(tokens.size).toBeGreaterThan(3)
  const seen = traces
    .flatMap((trace) => [
      JSON.stringify(trace),
      inspect(trace, { depth: Infinity, showHidden: true, getters: true }),
    ])
    .join('\n')
  expect(seen).toContain('unauthorized')
  expect(seen).toContain('refuse')
  for (const secret of [...secrets, ...tokens]) expect(seen.includes(secret), secret).toBe(false)
})
