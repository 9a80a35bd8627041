import { afterEach, expect, it, vi } from 'vitest'
import { createFakeClient } from '../src/fake.js'
import { utf8Length } from '../src/fake/utf8Length.js'

afterEach(() => {
  vi.unstubAllGlobals()
})

it('works where there is neither MessageChannel nor TextEncoder, as in Jest’s jsdom', async () => {
  for (const name of [
    'MessageChannel',
    'TextEncoder',
    'fetch',
    'BroadcastChannel',
    'structuredClone',
  ]) {
    vi.stubGlobal(name, undefined)
  }
  await using fake = createFakeClient(undefined, { metadata: { device: 'سلام' } })
  await fake.connect()
  const room = fake.room('public:x')
  await room.join()
  await fake.publish('public:x', 'hi')
  expect(room.messages).toMatchObject([{ data: 'hi' }])
})

it('is refused in one sentence where it cannot work', () => {
  vi.stubGlobal('MessageChannel', undefined)
  vi.stubGlobal('process', { ...process, getBuiltinModule: undefined })
  expect(() => createFakeClient()).toThrow(
    'A fake client needs MessageChannel, which this test environment lacks: use Node.js 20.16, 22.3 or newer, or the environment node of your test runner.',
  )
})

it.each(['', 'plain', 'é', 'سلام', '漢字', '😀 and \ud800', '\ue000\u07ff\u0800'])(
  'counts the bytes of %j as an encoder does',
  (text) => {
    expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length)
  },
)
