import type { ClientRoom, ReadableState } from '@yektayar/client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { eventually, rejection } from '../support/stage.js'
import type { StageClient } from '../support/stage.js'
import { stages } from '../support/stages.js'

const sara = { username: 'sara', password: 'right' }
const ROOM = 'public:lobby'

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Every public object with a state. */
function statesOf(client: StageClient, room: ClientRoom): Record<string, ReadableState<object>> {
  return { client, session: client.session, outbox: client.outbox, room }
}

/** Fails unless every snapshot is frozen, with its arrays, and the same one when it is read again. */
function expectStable(client: StageClient, room: ClientRoom): void {
  for (const [name, { getSnapshot }] of Object.entries(statesOf(client, room))) {
    const snapshot = getSnapshot()
    expect(getSnapshot(), name).toBe(snapshot)
    expect(Object.isFrozen(snapshot), name).toBe(true)
    for (const value of Object.values(snapshot)) {
      if (!Array.isArray(value)) continue
      expect(Object.isFrozen(value), name).toBe(true)
      for (const element of value as unknown[]) expect(Object.isFrozen(element), name).toBe(true)
    }
  }
}

/** Counts the calls of a listener after the first, and checks that each brings another snapshot. */
function countChanges(state: ReadableState<object>): { count: number; stop: () => void } {
  const seen: object[] = []
  const stop = state.subscribe((snapshot) => {
    expect(seen.at(-1)).not.toBe(snapshot)
    seen.push(snapshot)
  })
  return {
    get count() {
      return seen.length - 1
    },
    stop,
  }
}

describe.each(stages)('the state of $name', ({ start }) => {
  it('is the same object until something changes, in every state', async () => {
    await using stage = await start({ replaceSession: false })
    const { client, backend } = stage
    const room = client.room(ROOM)
    const check = (what: string, actual: unknown, expected: unknown): void => {
      expect(actual, what).toBe(expected)
      expectStable(client, room)
    }
    check('before connect()', client.status, 'idle')
    const pending = room.send('early')
    check('with a pending message', room.messages[0]?.state, 'sending')
    const connecting = client.connect()
    check('after connect()', client.status, 'connecting')
    await connecting
    check('when connected', client.status, 'connected')
    await pending
    check('after it was delivered', client.outbox.getSnapshot().items.length, 0)
    expect(await rejection(client.call('note:save', { text: 'taken' }))).toBeDefined()
    check('with a failed item', client.outbox.getSnapshot().items[0]?.state, 'failed')
    const joining = room.join()
    check('while it joins', room.state, 'joining')
    await joining
    check('when it has joined', room.state, 'joined')
    void client.call('note:save', { text: 'slow' }).catch(() => undefined)
    await eventually(() => {
      check('while an item is sent', client.outbox.getSnapshot().items[1]?.state, 'sending')
    })
    backend.release()
    await client.session.signIn(sara)
    check('when signed in', client.session.isLoggedIn, true)
    await stage.goOffline()
    check('offline', client.status === 'offline' || client.status === 'reconnecting', true)
    check('a room without a connection', room.state, 'joining')
    stage.goOnline()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    await room.leave()
    check('after it was left', room.state, 'left')
    await room.join()
    check('when it is joined again', room.state, 'joined')
    await stage.endSession('ended')
    check('after the end of the session', client.status, 'stopped')
    await client.disconnect()
    check('after disconnect()', client.status, 'idle')
  })

  it('does not change with a read, or with what changes nothing', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const [room, other] = [client.room(ROOM), client.room(ROOM)]
    expect(other.getSnapshot()).toEqual(room.getSnapshot())
    await room.join()
    await client.getStatus()
    const before = Object.values(statesOf(client, room)).map(({ getSnapshot }) => getSnapshot())
    expect(other.getSnapshot()).toBe(room.getSnapshot())
    client.outbox.clear()
    room.typing(false)
    await room.join()
    await client.echo('x')
    const after = Object.values(statesOf(client, room)).map(({ getSnapshot }) => getSnapshot())
    for (const [index, snapshot] of after.entries()) expect(snapshot).toBe(before[index])
  })

  it('keeps each part that a change leaves as it is', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const room = client.room(ROOM)
    await room.join()
    await stage.publish(ROOM, 'first')
    await eventually(() => {
      expect(room.messages).toHaveLength(1)
    })
    const before = room.getSnapshot()
    await stage.publish(ROOM, 'second')
    await eventually(() => {
      expect(room.messages).toHaveLength(2)
    })
    expect(room.getSnapshot()).not.toBe(before)
    expect(room.members).toBe(before.members)
    expect(room.messages[0]).toBe(before.messages[0])
  })

  it('tells each listener once of each change, with the new snapshot', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const room = client.room(ROOM)
    await room.join()
    await client.ping()
    const states = statesOf(client, room)
    for (const [name, { getSnapshot, subscribe }] of Object.entries(states)) {
      const listener = vi.fn()
      subscribe(listener)()
      expect(listener.mock.calls, name).toEqual([[getSnapshot()]])
    }
    const [first, second] = [countChanges(room), countChanges(room)]
    const items = countChanges(client.outbox)
    await room.send('x')
    await eventually(() => {
      expect(room.messages[0]?.state).toBe('delivered')
      expect(client.outbox.getSnapshot().items).toEqual([])
    })
    await client.echo('the end')
    expect(first.count).toBeGreaterThan(0)
    expect(second.count).toBe(first.count)
    expect(items.count).toBeLessThanOrEqual(3)
    const status = countChanges(client)
    await client.disconnect()
    expect(status.count).toBe(1)
  })

  it('tells of a message that waits for a room which nobody has joined', async () => {
    await using stage = await start()
    const { client } = stage
    const room = client.room(ROOM)
    const told: number[] = []
    room.subscribe(({ messages }) => told.push(messages.length))
    const [first, second] = [room.send('a'), room.send('b')]
    await Promise.resolve()
    expect(told).toEqual([0, 2])
    await client.connect()
    await Promise.all([first, second])
    await eventually(() => {
      expect(told.at(-1)).toBe(0)
    })
    const joined = client.room(ROOM)
    await joined.join()
    expect(room.getSnapshot()).toBe(joined.getSnapshot())
    await joined.leave()
    expect(room.getSnapshot()).toMatchObject({ state: 'left', messages: [] })
  })

  it('goes on where a listener throws, ends its subscription, or makes another change', async () => {
    const report = vi.fn()
    vi.stubGlobal('reportError', report)
    await using stage = await start()
    const { client } = stage
    client.subscribe(() => {
      throw new Error('a listener’s mistake')
    })
    expect(report).toHaveBeenCalledOnce()
    const statuses: string[] = []
    const stopOnce = client.subscribe(({ status }) => {
      if (status === 'connecting') stopOnce()
      statuses.push(status)
    })
    client.subscribe(({ status }) => {
      if (status === 'connected') void client.disconnect()
    })
    const later: string[] = []
    client.subscribe(({ status }) => {
      if (later.at(-1) !== status) later.push(status)
    })
    await rejection(client.connect()) // it has ended before it could be told
    expect(statuses).toEqual(['idle', 'connecting'])
    expect(later).toEqual(['idle', 'connecting', 'connected', 'idle'])
    expect(report.mock.calls.length).toBeGreaterThan(1)
  })

  it('can be listened to after the end, and until the listener ends it', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    await client.session.end()
    const [kept, ended] = [vi.fn(), vi.fn()]
    client.subscribe(kept)
    const stop = client.subscribe(ended)
    expect(ended).toHaveBeenCalledExactlyOnceWith(client.getSnapshot())
    stop()
    stop()
    await client.connect()
    expect(ended).toHaveBeenCalledOnce()
    expect(kept).toHaveBeenLastCalledWith(expect.objectContaining({ status: 'connected' }))
  })
})
