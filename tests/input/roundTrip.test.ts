import { defaultLimits } from '@yektayar/server'
import { expect, it } from 'vitest'
import { callWithAck } from './support/outcome.js'
import { doubtfulPayloads, nestedArrays } from './support/payloads.js'
import { startScene } from './support/scene.js'

const intact = doubtfulPayloads.filter(([what]) => !what.startsWith('NaN') && what !== '-0')

it.each([['websocket'], ['polling']] as const)(
  'echo returns every valid payload intact over %s',
  async (transport) => {
    await using scene = await startScene()
    const client = await scene.attacker({ transports: [transport] })
    for (const [what, payload] of intact) {
      expect(await callWithAck(client, 'echo', payload), what).toMatchObject({
        ok: true,
        data: { received: payload },
      })
    }
  },
)

it('message returns NUL and lone surrogates intact', async () => {
  await using scene = await startScene()
  const client = await scene.attacker()
  const payload = { '\ud800': ['\u0000', '\udc00', '\ud83e\udde0'] }
  expect(await callWithAck(client, 'message', payload)).toMatchObject({
    ok: true,
    data: { data: payload },
  })
})

it('takes input as deep as the limit and no deeper', async () => {
  await using scene = await startScene()
  const client = await scene.attacker()
  const deepest = nestedArrays(defaultLimits.maxInputDepth)
  expect(await callWithAck(client, 'echo', deepest)).toMatchObject({
    ok: true,
    data: { received: deepest },
  })
  const tooDeep = nestedArrays(defaultLimits.maxInputDepth + 1)
  expect(await callWithAck(client, 'echo', tooDeep)).toBe('closed')
})
