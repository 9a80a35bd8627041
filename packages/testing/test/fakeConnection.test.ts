import { describe, expect, it, vi } from 'vitest'
import { createFakeClient } from '../src/fake.js'
import { connectFake } from './support/connectFake.js'
import type { Note } from './support/noteContract.js'

it('delivers once what a handler still has when the connection is back', async () => {
  await using context = await connectFake()
  const { fake } = context
  let release: () => void = () => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const handler = vi.fn(async ({ input }: { readonly input: Note }) => {
    await released
    return input
  })
  fake.handle('note:save', handler)
  const saving = fake.call('note:save', { id: 1, text: 'a' })
  await fake.settle()
  await fake.drop()
  fake.restore()
  await fake.whenStatus('connected')
  await fake.settle()
  release()
  expect(await saving).toEqual({ id: 1, text: 'a' })
  expect(handler).toHaveBeenCalledTimes(1)
})

describe('a fake that is offline', () => {
  const device = globalThis as { navigator?: { readonly onLine?: boolean } }

  it('says so as a browser does, and takes it back when it ends', async () => {
    const before = device.navigator?.onLine
    {
      await using context = await connectFake()
      await using other = await connectFake()
      await context.fake.goOffline()
      await other.fake.goOffline()
      context.fake.goOnline()
      expect(device.navigator?.onLine).toBe(false)
      expect(other.fake.status).toBe('offline')
    }
    expect(device.navigator?.onLine).toBe(before)
  })

  it('fails no request of the session, but lets it wait', async () => {
    await using context = await connectFake()
    const { fake } = context
    await fake.goOffline()
    const listing = fake.session.list()
    await expect(fake.session.list({ timeoutMs: 1 })).rejects.toMatchObject({ code: 'timeout' })
    fake.goOnline()
    expect(await listing).toHaveLength(1)
  })
})

it('tells by onTrace what it does, as every client', async () => {
  const traced: string[] = []
  await using fake = createFakeClient(undefined, { onTrace: ({ type }) => traced.push(type) })
  await fake.connect()
  await fake.echo('hi')
  expect(traced).toEqual(expect.arrayContaining(['attempt', 'connected', 'send', 'answer']))
})
