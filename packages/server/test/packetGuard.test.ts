import { describe, expect, it, vi } from 'vitest'
import { openWebSocket, readToEnd, textFrame } from './support/bareWebSocket.js'
import { connected, startServer } from './support/server.js'

async function connect(limits: Record<string, number>) {
  const context = await startServer({ limits })
  const { token } = await context.acquire()
  const client = await connected(context.client({ auth: { token } }))
  return Object.assign(context, { admitted: client })
}

describe('packets', () => {
  it('beyond the rate of a transport close it', async () => {
    await using context = await connect({ packetBurst: 10, packetsPerSecond: 1 })
    const closed = new Promise((resolve) => context.admitted.once('disconnect', resolve))
    for (let count = 0; count < 20; count++) context.admitted.emit('ping')
    await closed
  })

  it('that come in one polling body count one by one', async () => {
    await using context = await connect({ packetBurst: 10, packetsPerSecond: 1 })
    const address = `${context.url}/socket.io/?EIO=4&transport=polling`
    const opened = await (await fetch(address)).text()
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string }
    const { token } = await context.acquire()
    const post = (body: string) => fetch(`${address}&sid=${sid}`, { method: 'POST', body })
    await post(`40${JSON.stringify({ token })}`)
    const body = Array.from({ length: 20 }, () => '42["ping"]').join('\u001e')
    await post(body)
    await vi.waitFor(async () => {
      expect((await fetch(`${address}&sid=${sid}`)).status).toBe(400) // session closed
    })
    expect(context.admitted.connected).toBe(true)
  })

  it.each([
    String.raw`{"\u005f\u005fproto\u005f\u005f":{"a":1}}`,
    String.raw`[{"__prot\u006f__":1}]`,
    String.raw`{"constructor":{"protot\u0079pe":{}}}`,
    String.raw`{"a":{"c\u006fnstructor":{"prototype":{}}}}`,
  ])('cannot hide a key that pollutes prototypes: %s', async (input) => {
    await using context = await connect({})
    const address = `${context.url}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(address)).text()).slice(1)) as { sid: string }
    const { token } = await context.acquire()
    const body = `40${JSON.stringify({ token })}`
    await fetch(`${address}&sid=${sid}`, { method: 'POST', body })
    while (!(await (await fetch(`${address}&sid=${sid}`)).text()).includes('42["connected"'));
    await fetch(`${address}&sid=${sid}`, { method: 'POST', body: `420["echo",${input}]` })
    expect(await (await fetch(`${address}&sid=${sid}`)).text()).toMatch(/^430.*invalid_input/)
  })

  it.each([
    ['pongs', '3'],
    ['noops', '6'],
  ])('that never reach the decoder, such as %s, count as well', async (_what, packet) => {
    await using context = await connect({ packetBurst: 10, packetsPerSecond: 1 })
    const address = `${context.url}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(address)).text()).slice(1)) as { sid: string }
    const body = Array.from({ length: 20 }, () => packet).join('\u001e')
    await fetch(`${address}&sid=${sid}`, { method: 'POST', body })
    expect((await fetch(`${address}&sid=${sid}`)).status).toBe(400)
    expect(context.admitted.connected).toBe(true)
  })

  it.each([
    ['pings', [0x89, 0x80, 0, 0, 0, 0]],
    ['pongs', [0x8a, 0x80, 0, 0, 0, 0]],
  ])('of WebSocket itself, such as %s, count as well', async (_what, bytes) => {
    await using context = await connect({ packetBurst: 10, packetsPerSecond: 1 })
    const { hostname, port } = new URL(context.url)
    const peer = await openWebSocket(hostname, Number(port))
    for (let count = 0; count < 20; count++) peer.write(Buffer.from(bytes))
    await readToEnd(peer)
    expect(context.server.io.engine.clientsCount).toBe(1)
  })

  it('that try out an upgrade again and again close the connection', async () => {
    await using context = await connect({ packetBurst: 10, packetsPerSecond: 1 })
    const address = `${context.url}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(address)).text()).slice(1)) as { sid: string }
    const { hostname, port } = new URL(context.url)
    const peer = await openWebSocket(hostname, Number(port), `&sid=${sid}`)
    for (let count = 0; count < 20; count++) peer.write(textFrame('2probe'))
    await vi.waitFor(() => {
      expect(context.server.io.engine.clientsCount).toBe(1)
    })
    peer.destroy()
  })

  it.each([
    ['nest no deeper than the limit', '{"a":[[1]]}'],
    ['have brackets in their texts', JSON.stringify('[[[[[[[{{{{{{{{{{{{{{"\\\\"[[['.repeat(20))],
    ['have colons in their texts', JSON.stringify(':'.repeat(2_000))],
    ['have a backslash at the end of a text', JSON.stringify(['\\', '\\\\', '"\\"', ':'])],
  ])('are let through when they %s', async (_what, json) => {
    await using context = await connect({ maxInputDepth: 3, maxPacketKeys: 5 })
    const input = JSON.parse(json) as string
    const answer: unknown = await context.admitted.timeout(2_000).emitWithAck('echo', input)
    expect(answer).toMatchObject({ ok: true, data: { received: input } })
  })

  it.each([
    ['nest deeper than the limit', [[[[1]]]]],
    ['have too many keys', { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 }],
    ['carry binary data', { a: Buffer.from('x') }],
  ])('close their connection when they %s', async (_what, input) => {
    await using context = await connect({ maxInputDepth: 3, maxPacketKeys: 5 })
    const closed = new Promise((resolve) => context.admitted.once('disconnect', resolve))
    context.admitted.emit('echo', input as never)
    await closed
  })

  it('may carry binary data where that is allowed, and the input guard has its say', async () => {
    await using context = await connect({ maxAttachments: 1 })
    const answer: unknown = await context.admitted
      .timeout(2_000)
      .emitWithAck('echo', Buffer.from('x') as never)
    expect(answer).toMatchObject({ ok: false, error: { code: 'invalid_input' } })
  })
})

describe('commands of a session', () => {
  it('beyond its rate answer rate_limited with the time to wait', async () => {
    await using context = await connect({
      commandBurstPerSession: 3,
      commandsPerSessionPerSecond: 1,
    })
    const answers: unknown[] = []
    for (let count = 0; count < 4; count++) {
      answers.push(await context.admitted.timeout(2_000).emitWithAck('ping'))
    }
    expect(answers[2]).toMatchObject({ ok: true })
    expect(answers[3]).toMatchObject({
      ok: false,
      error: {
        code: 'rate_limited',
        retryable: true,
        data: { retryAfterMs: expect.any(Number) as number },
      },
    })
  })
})
