import type { Socket } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { disguises, getRaw } from './support/disguises.js'
import { acquire } from './support/server.js'
import { startSlowServer } from './support/slowServer.js'

function announced(client: Socket): Promise<unknown> {
  return new Promise((resolve) => client.once('server:draining', resolve))
}

describe.each(['polling', 'websocket'] as const)('a server that closes, over %s', (transport) => {
  it('announces it to all, finishes the command in flight, and answers it', async () => {
    await using context = await startSlowServer()
    const [client, other] = [await context.connect(transport), await context.connect(transport)]
    const begun = context.begun()
    const answer = client.emitWithAck('app:wait')
    await begun
    const words = Promise.all([announced(client), announced(other)])
    const lost = new Promise((resolve) => client.once('disconnect', resolve))

    const closing = context.server.close()
    const word = { retryAfterMs: 500, spreadMs: 20 } // 2 clients, at 100 returns a second
    expect(await words).toEqual([word, word])
    context.release()
    expect(await answer).toEqual({ ok: true, data: 'finished' })
    expect(await lost).toMatch(/^transport (close|error)$/)
    expect(client.active).toBe(true)
    await closing
  })
})

describe('while a server closes', () => {
  it('it is not ready, and refuses what would begin as retryable', async () => {
    await using context = await startSlowServer()
    const client = await context.connect()
    expect((await fetch(`${context.url}/ready`)).status).toBe(200)
    const begun = context.begun()
    const answer = client.emitWithAck('app:wait')
    await begun
    const word = announced(client)
    const closing = context.server.close()
    await word

    const refusal = {
      error: { code: 'server_draining', retryable: true, data: { retryAfterMs: 500 } },
    }
    const ready = await fetch(`${context.url}/ready`)
    expect([ready.status, ready.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await ready.json()).toMatchObject(refusal)
    expect((await fetch(`${context.url}/health`)).status).toBe(200)
    expect(await client.emitWithAck('ping')).toMatchObject({ ok: false, ...refusal })
    const handshake = await fetch(`${context.url}/socket.io/?EIO=4&transport=polling`)
    expect(handshake.status).toBe(503)
    expect(await handshake.json()).toMatchObject(refusal)
    for (const [what, disguise] of disguises) {
      const path = `/socket.io/?EIO=4&transport=polling${disguise}`
      expect(await getRaw(context.url, path), what).toBe(503)
    }

    context.release()
    expect(await answer).toMatchObject({ ok: true })
    await closing
  })

  it('it tells a connection that was on its way in', async () => {
    await using context = await startSlowServer()
    const client = await context.connect()
    const peer = await openPolling(context.url)
    const begun = context.begun()
    const answer = client.emitWithAck('app:wait')
    await begun
    const word = announced(client)
    const closing = context.server.close()
    await word
    const { token } = await acquire(context.url)
    await peer.post(`40${JSON.stringify({ token })}`)
    expect(await peer.poll('server:draining')).toContain('"connected"')
    context.release()
    await answer
    await closing
  })

  it('an answer waits for the next poll of its client', async () => {
    await using context = await startSlowServer()
    const peer = await openPolling(context.url)
    const { token } = await acquire(context.url)
    await peer.post(`40${JSON.stringify({ token })}`)
    await peer.poll('connected')
    const begun = context.begun()
    await peer.post('421["app:wait"]')
    await begun
    context.release()
    const closing = context.server.close()
    expect(await peer.poll('finished')).toContain('431[{"ok":true,"data":"finished"}]')
    await closing
  })

  it('it waits no longer than its limits for a command, nor for a client that does not poll', async () => {
    await using context = await startSlowServer({ drainTimeoutMs: 50, closeGraceMs: 50 })
    const peer = await openPolling(context.url)
    const { token } = await acquire(context.url)
    await peer.post(`40${JSON.stringify({ token })}`)
    await peer.poll('connected')
    const begun = context.begun()
    await peer.post('421["app:wait"]')
    await begun
    await context.server.close()
  })

  it('it waits for nothing where nothing is in flight', async () => {
    await using context = await startSlowServer({ drainTimeoutMs: 60_000 })
    await context.connect()
    await context.server.close()
  })

  it('it announces that once, however often it is told to close', async () => {
    await using context = await startSlowServer()
    const client = await context.connect()
    const words: unknown[] = []
    client.on('server:draining', (word) => words.push(word))
    const lost = new Promise((resolve) => client.once('disconnect', resolve))
    await Promise.all([context.server.close(), context.server.close()])
    await lost
    expect(words).toHaveLength(1)
  })
})

describe('clients of a server that closes', () => {
  it.each([
    ['are spread by their number', { drainReturnsPerSecond: 2 }, 500],
    [
      'are spread over no more than the limit',
      { drainReturnsPerSecond: 2, drainSpreadMs: 100 },
      100,
    ],
    ['are not spread where that is off', { drainSpreadMs: 0 }, 0],
  ])('%s', async (_what, limits, spreadMs) => {
    await using context = await startSlowServer({ drainRetryAfterMs: 0, ...limits })
    const word = announced(await context.connect())
    await context.server.close()
    expect(await word).toEqual({ retryAfterMs: 0, spreadMs })
  })
})

/** A polling connection that polls only on demand. */
async function openPolling(url: string) {
  const base = `${url}/socket.io/?EIO=4&transport=polling`
  const { sid } = JSON.parse((await (await fetch(base)).text()).slice(1)) as { sid: string }
  const address = `${base}&sid=${sid}`
  return {
    post: (body: string) => fetch(address, { method: 'POST', body }),
    /** Polls until a text has arrived; resolves with everything received. */
    async poll(text: string) {
      let read = ''
      while (!read.includes(text)) read += await (await fetch(address)).text()
      return read
    },
  }
}
