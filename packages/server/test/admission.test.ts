import { describe, expect, it } from 'vitest'
import { connected, refused, startServer } from './support/server.js'

describe('admission', () => {
  it('asks for a token with the words of the guide', async () => {
    await using context = await startServer()
    const error = await refused(context.client({}))
    expect(error.message).toBe('Authentication token required')
    expect(error.data).toMatchObject({ code: 'token_required', retryable: false })
  })

  it.each(['unknown', 'x'.repeat(43), ['a'], { a: 1 }, 7])(
    'refuses %j with the words of the guide',
    async (token) => {
      await using context = await startServer()
      const error = await refused(context.client({ auth: { token } }))
      expect(error.message).toBe('Invalid or expired session token')
      expect(error.data).toMatchObject({ code: 'token_invalid', retryable: false })
    },
  )

  it('takes the token from the query, as the guide does', async () => {
    await using context = await startServer()
    const { token } = await context.acquire()
    const client = await connected(context.client({ query: { token } }))
    const answer: unknown = await client.emitWithAck('status')
    expect(answer).toMatchObject({ data: { connection: { sessionToken: token } } })
  })

  it('ignores the token in the query where that is switched off', async () => {
    await using context = await startServer({ allowQueryToken: false })
    const { token } = await context.acquire()
    const error = await refused(context.client({ query: { token } }))
    expect(error.data).toMatchObject({ code: 'token_required' })
  })

  it('keeps ids and no token in socket.data and room names', async () => {
    await using context = await startServer()
    const { token } = await context.acquire()
    await connected(context.client({ auth: { token } }))
    const [connection] = context.server.io.sockets.sockets.values()

    expect(Object.keys(connection?.data ?? {}).sort()).toEqual([
      'isEnded',
      'isLoggedIn',
      'lastActivityAt',
      'rooms',
      'sessionId',
      'userId',
    ])
    expect(JSON.stringify([connection?.data, [...(connection?.rooms ?? [])]])).not.toContain(token)
  })

  it('lets several connections of one session in', async () => {
    await using context = await startServer()
    const { token } = await context.acquire()
    await connected(context.client({ auth: { token } }))
    await connected(context.client({ auth: { token } }))
    expect(context.server.io.sockets.sockets.size).toBe(2)
  })
})
