import { afterEach, describe, expect, it, vi } from 'vitest'
import { eventually } from '../support/stage.js'
import { stages } from '../support/stages.js'

afterEach(() => {
  vi.unstubAllGlobals()
})

describe.each(stages)('an event of $name', ({ start }) => {
  it('reaches its listeners in order, until they end it', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const heard: number[] = []
    const stop = client.on('note:added', ({ id }) => heard.push(id))
    const first = vi.fn()
    client.once('note:added', first)
    for (const id of [1, 2, 3]) await stage.emit(id, 'a')
    await eventually(() => {
      expect(heard).toEqual([1, 2, 3])
    })
    expect(first.mock.calls).toEqual([[{ id: 1, text: 'a' }]])
    stop()
    stop()
    await stage.emit(4, 'a')
    await client.ping()
    expect(heard).toEqual([1, 2, 3])
  })

  it('reaches them after a reconnect, but not while the client was away', async () => {
    await using stage = await start()
    const { client } = stage
    const heard: number[] = []
    client.on('note:added', ({ id }) => heard.push(id))
    await stage.emit(1, 'before there is a connection')
    await client.connect()
    await stage.emit(2, 'a')
    await eventually(() => {
      expect(heard).toEqual([2])
    })
    await stage.drop()
    await stage.emit(3, 'missed')
    stage.restore()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    await stage.emit(4, 'a')
    await eventually(() => {
      expect(heard).toEqual([2, 4])
    })
  })

  it('reaches the others when one has thrown', async () => {
    const report = vi.fn()
    vi.stubGlobal('reportError', report)
    await using stage = await start()
    await stage.client.connect()
    const heard = vi.fn()
    stage.client.on('note:added', () => {
      throw new Error('a listener’s mistake')
    })
    stage.client.on('note:added', heard)
    await stage.emit(1, 'a')
    await eventually(() => {
      expect(heard).toHaveBeenCalledTimes(1)
    })
    expect(report).toHaveBeenCalledTimes(1)
  })

  it('can be read in a loop, which its signal ends', async () => {
    await using stage = await start()
    await stage.client.connect()
    const controller = new AbortController()
    const notes = stage.client.events('note:added', { signal: controller.signal })
    for (const id of [1, 2]) await stage.emit(id, 'a')
    const read: number[] = []
    for await (const { id } of notes) {
      read.push(id)
      if (id === 2) controller.abort()
    }
    expect(read).toEqual([1, 2])
  })

  it('welcomes each connection', async () => {
    await using stage = await start()
    const { client } = stage
    const welcomes: string[] = []
    client.on('connected', ({ socketId }) => welcomes.push(socketId))
    await client.connect()
    const [first] = [client.socket?.id]
    await client.disconnect()
    await client.connect()
    await eventually(() => {
      expect(welcomes).toEqual([first, client.socket?.id])
    })
  })
})
