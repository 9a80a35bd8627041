import { expect, it, vi } from 'vitest'
import { limitDefinitions, limitNames } from '../src/shared/limits.js'
import { settledWithin } from '../src/shared/settledWithin.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

it('a limit of Infinity for a time is no timer of 1 ms', async () => {
  await using context = await startServer({
    limits: { presenceGraceMs: Infinity, presenceIntervalMs: 1 },
  })
  const witness = await roomClient(context)
  await witness.join(ROOM)
  const gone: string[] = []
  witness.socket.on('room:presence', (change) => gone.push(...change.gone))
  const client = await roomClient(context)
  await client.join(ROOM)
  client.socket.io.engine.close()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect((await witness.join(ROOM)).memberCount).toBe(2)
  expect(gone).toEqual([])
})

it('what may take for ever is waited for', async () => {
  const isDone = vi.fn()
  const work = new Promise<void>((resolve) => setTimeout(resolve, 50)).then(isDone)
  await settledWithin(work, Infinity)
  expect(isDone).toHaveBeenCalled()
})

it('a server goes on with every limit of time at Infinity', async () => {
  const times = limitNames.filter((name) => limitDefinitions[name].unit === 'ms')
  const limits = Object.fromEntries(times.map((name) => [name, Infinity]))
  await using context = await startServer({ limits, authorize: () => Promise.resolve(true) })
  const client = await roomClient(context)
  await new Promise((resolve) => setTimeout(resolve, 100))
  await client.join(ROOM)
  expect(await client.send(ROOM, 'a')).toMatchObject({ seq: 1 })
  expect(await client.ask('room:history', { room: ROOM })).toMatchObject({ messages: [{ seq: 1 }] })
  expect(await client.ask('session:renew', undefined)).toMatchObject({
    token: expect.any(String) as string,
  })
  expect(client.socket.connected).toBe(true)
  client.socket.disconnect()
})
