import { describe, expect, it } from 'vitest'
import { YektaYarSocket } from '@yektayar/client'
import type { TraceEvent } from '@yektayar/client'
import { yektayar } from '@yektayar/server'
import { startLoggingApp } from '../../packages/server/test/support/loggingApp.js'

async function start() {
  const app = await startLoggingApp((instance) =>
    Promise.resolve(
      instance.register(
        yektayar({
          databaseUrl: 'sqlite::memory:',
          limits: { handlerTimeoutMs: 20_000 },
          onMessage: ({ input }: { readonly input: unknown }) => {
            if (input === 'broken') throw new Error('no place')
          },
        }),
      ),
    ),
  )
  const traces: TraceEvent[] = []
  const onTrace = (trace: TraceEvent) => traces.push(trace)
  const client = new YektaYarSocket({ url: app.url, onTrace })
  await client.connect()
  return Object.assign(app, { client, traces })
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as { code: string; requestId?: string },
  )

describe('the id of a request', () => {
  it('is the same in the log, and in the error and the traces of the client', async () => {
    await using app = await start()
    const { client } = app
    await client.ping()
    const failure = await failureOf(client.call('nope' as 'ping'))
    await client.disconnect()

    expect(failure?.requestId).toMatch(/^[\w-]{20}\.\d+$/)
    const [failed] = app.find('command failed')
    expect(failed).toMatchObject({
      requestId: failure?.requestId,
      error: { code: 'unknown_command' },
    })
    const sent = app.traces.filter(({ type }) => type === 'answer')
    const logged = [...app.find('command answered'), ...app.find('command failed')]
    const ids = logged.map(({ requestId }) => requestId)
    expect(ids).toEqual(
      expect.arrayContaining(sent.map((trace) => 'requestId' in trace && trace.requestId)),
    )
    expect(new Set(ids).size).toBe(logged.length)
  })

  it('is in the error of an item of the outbox', async () => {
    await using app = await start()
    const { client } = app
    const failure = await failureOf(client.sendMessage('broken'))
    await client.disconnect()
    expect(failure).toMatchObject({ code: 'internal_error' })
    expect(failure?.requestId).toBeDefined()
    expect(app.find('item refused')).toMatchObject([
      { requestId: failure?.requestId, command: 'message', code: 'internal_error' },
    ])
  })

  it('is in the header of each answer of REST, and in the line of the log', async () => {
    await using app = await start()
    await app.client.disconnect()
    const response = await fetch(`${app.url}/api/session`)
    expect(response.status).toBe(401)
    const id = response.headers.get('x-request-id')
    expect(app.lines.some(({ reqId }) => reqId === id)).toBe(true)
  })
})
