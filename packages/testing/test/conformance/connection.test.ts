import { afterEach, describe, expect, it, vi } from 'vitest'
import { eventually, rejection } from '../support/stage.js'
import type { StageClient } from '../support/stage.js'
import { stages } from '../support/stages.js'

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Records every change of a client's status as `from → to`. */
function movesOf(client: StageClient): string[] {
  const moves: string[] = []
  let from = client.status
  client.subscribe(({ status: to }) => {
    if (from !== to) moves.push(`${from} → ${to}`)
    from = to
  })
  return moves
}

describe.each(stages)('the connection of $name', ({ start }) => {
  it('is made by connect() and by nothing before', async () => {
    await using stage = await start()
    const { client } = stage
    const moves = movesOf(client)
    expect(client.getSnapshot()).toMatchObject({ status: 'idle', reason: null, attempt: 0 })
    expect(client.socket).toBeNull()
    await client.connect()
    expect(moves).toEqual(['idle → connecting', 'connecting → connected'])
    expect(client.getSnapshot()).toMatchObject({
      ...{ status: 'connected', reason: null, attempt: 0, nextRetryAt: null },
      ...{ transport: 'websocket', socketId: client.socket?.id },
    })
    expect(client.socket?.connected).toBe(true)
    expect(Object.isFrozen(client.getSnapshot())).toBe(true)
  })

  it('is ended by disconnect()', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const moves = movesOf(client)
    await client.disconnect()
    expect(moves).toEqual(['connected → idle'])
    expect(client.getSnapshot()).toMatchObject({ reason: null, socketId: null, transport: null })
  })

  it('is one, however often it is asked for', async () => {
    await using stage = await start()
    const { client } = stage
    await Promise.all([client.connect(), client.connect()])
    const { socketId } = client.getSnapshot()
    await client.connect()
    expect(client.getSnapshot().socketId).toBe(socketId)
  })

  it('comes back by itself after a loss, as another one', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const { socketId } = client.getSnapshot()
    const moves = movesOf(client)
    await stage.drop()
    expect(client.getSnapshot()).toMatchObject({
      status: 'reconnecting',
      reason: 'connection_lost',
    })
    stage.restore()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    expect(moves).toEqual(['connected → reconnecting', 'reconnecting → connected'])
    expect(client.getSnapshot().socketId).not.toBe(socketId)
  })

  it('goes on being tried after connect() has timed out', async () => {
    await using stage = await start()
    const { client } = stage
    await stage.drop()
    expect(await rejection(client.connect({ timeoutMs: 20 }))).toMatchObject({
      code: 'timeout',
      retryable: true,
    })
    expect(client.status).toBe('connecting')
    stage.restore()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
  })

  it('is given up by the signal of connect()', async () => {
    await using stage = await start()
    const { client } = stage
    await stage.drop()
    const controller = new AbortController()
    const connecting = rejection(client.connect({ signal: controller.signal }))
    controller.abort()
    expect(await connecting).toMatchObject({ code: 'aborted' })
    expect(client.status).toBe('idle')
    expect(await rejection(client.connect({ signal: controller.signal }))).toMatchObject({
      code: 'aborted',
    })
  })

  it('is offline while the device is', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    await stage.goOffline()
    await client.whenStatus('offline', { timeoutMs: 5_000 })
    stage.goOnline()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
  })

  it('stops where the server disconnects it, and comes back by connect()', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    await stage.disconnectByServer()
    expect(client.getSnapshot()).toMatchObject({
      status: 'stopped',
      reason: 'disconnected_by_server',
    })
    expect(await rejection(client.whenStatus('connected'))).toMatchObject({
      code: 'disconnected_by_server',
    })
    await client.connect()
    expect(client.status).toBe('connected')
  })

  it('waits as one of too many of its session, and takes a place by connect()', async () => {
    await using stage = await start({ retryDelayMaxMs: 60_000 })
    const { client } = stage
    await client.connect()
    await stage.endSession('replaced')
    expect(client.getSnapshot()).toMatchObject({
      status: 'reconnecting',
      reason: 'session_replaced',
    })
    expect(client.getSnapshot().nextRetryAt).toBeGreaterThan(Date.now() + 5_000)
    await client.connect()
    expect(client.status).toBe('connected')
  })

  it('is not waited for while nobody has asked for it', async () => {
    await using stage = await start()
    expect(await rejection(stage.client.whenStatus('connected'))).toMatchObject({
      code: 'not_connected',
    })
    await stage.client.whenStatus('idle')
  })

  it('is waited for within a time', async () => {
    await using stage = await start()
    const { client } = stage
    await stage.drop()
    void client.connect()
    const waiting = client.whenStatus('connected', { timeoutMs: 20 })
    expect(await rejection(waiting)).toMatchObject({ code: 'timeout' })
  })

  it('stops for a token of the app’s own that is none', async () => {
    await using stage = await start()
    const { client } = stage
    expect(await rejection(client.connect({ token: 'nonsense' }))).toMatchObject({
      code: 'token_invalid',
      message: expect.stringContaining('Invalid or expired session token') as string,
    })
    expect(client.getSnapshot()).toMatchObject({ status: 'stopped', reason: 'token_invalid' })
  })

  it('tells how long a round trip takes', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const { roundTripMs } = await client.ping()
    expect(roundTripMs).toBeGreaterThanOrEqual(0)
    expect(client.getSnapshot().roundTripMs).toBe(roundTripMs)
  })

  it('is told to listeners until they end it, whatever another one throws', async () => {
    vi.stubGlobal('reportError', vi.fn())
    await using stage = await start()
    const { client } = stage
    const [first, second] = [vi.fn(), vi.fn()]
    client.subscribe(() => {
      throw new Error('a listener’s mistake')
    })
    client.subscribe(first)
    const stop = client.subscribe(second)
    await client.connect()
    await eventually(() => {
      expect(first.mock.calls.length).toBeGreaterThan(1)
    })
    stop()
    stop()
    second.mockClear()
    await client.disconnect()
    expect(second).not.toHaveBeenCalled()
    expect(first).toHaveBeenLastCalledWith(expect.objectContaining({ status: 'idle' }))
  })
})
