import { describe, expect, it, vi } from 'vitest'
import { captureLog } from './support/captureLog.js'
import { logOf } from './support/logOf.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { next, startLife } from './support/sessionLife.js'

type Life = Awaited<ReturnType<typeof startLife>>

function fail(): never {
  throw new Error('a listener of the app threw')
}

/** Adds an app's hook that throws to every connection. */
function breakHooks({ server }: Life): void {
  for (const connection of server.io.sockets.sockets.values()) connection.onAnyOutgoing(fail)
}

/** Makes every broadcast of Socket.IO's adapter throw. */
function breakAdapter({ server }: Life): void {
  server.io.of('/').adapter.broadcast = fail
}

describe('a listener of the app that throws', () => {
  // A member that the adapter did not reach notices the gap later and reads the messages.
  it.each([
    ['a hook, and all hear it', breakHooks, 4],
    ['an adapter', breakAdapter, 0],
  ])('does not store a message twice: %s', async (_what, breakIt, heard) => {
    await using context = await startLife({ logLevel: 'error' })
    const log = captureLog(context.server)
    const [first, second] = [await roomClient(context), await roomClient(context)]
    for (const member of [first, second]) await member.join(ROOM)
    const sender = await roomClient(context)
    const pollers = await roomClient(context, undefined, ['polling'])
    await pollers.join(ROOM)
    breakIt(context)
    const sent = await Promise.all(['a', 'b', 'c'].map((text) => sender.send(ROOM, text)))
    expect(sent.map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect((await context.server.publish(ROOM, 'd')).seq).toBe(4)
    expect(await logOf(sender)).toEqual(['a', 'b', 'c', 'd'])
    for (const { seen } of [first, second]) {
      await vi.waitFor(() => {
        expect(seen.map(({ seq }) => seq).slice(0, heard)).toEqual([1, 2, 3, 4].slice(0, heard))
      })
    }
    expect(log.text()).toContain('a listener of the app threw')
  })

  it('while somebody joins or leaves a room does not fail the others', async () => {
    await using context = await startLife()
    const first = await roomClient(context)
    await first.join(ROOM)
    for (const breakIt of [breakHooks, breakAdapter]) {
      breakIt(context)
      const other = await roomClient(context)
      expect((await other.join(ROOM)).members.length).toBeGreaterThan(1)
      await other.ask('room:leave', { room: ROOM })
    }
  })

  it('while a session changes does not fail the sign-in, the renewal or the sign-out', async () => {
    await using context = await startLife()
    const { token } = await context.acquire()
    await context.connect(token)
    breakHooks(context)
    const signedIn = await context.signIn(token)
    expect(signedIn.status).toBe(200)
    const renewed = await context.call('POST', '/renew', signedIn.body.token)
    expect(renewed.status).toBe(200)
    expect((await context.call('POST', '/sign-out', renewed.body.token)).status).toBe(200)
  })

  it('while a session ends does not keep its other connections open', async () => {
    await using context = await startLife()
    const { token } = await context.acquire()
    const clients = [await context.connect(token), await context.connect(token)]
    breakHooks(context)
    const closed = clients.map((client) => next(client, 'disconnect'))
    expect((await context.call('DELETE', '', token)).status).toBe(204)
    await Promise.all(closed)
  })

  it('while the server closes does not keep it open', async () => {
    const context = await startLife()
    const client = await context.connect((await context.acquire()).token)
    breakHooks(context)
    breakAdapter(context)
    const closed = next(client, 'disconnect')
    await context[Symbol.asyncDispose]()
    await closed
  })
})
