import { coreContract } from '@yektayar/protocol'
import { defaultLimits } from '@yektayar/server'
import { describe, expect, it } from 'vitest'
import { callWithAck } from './support/outcome.js'
import { startScene } from './support/scene.js'
import { within } from './support/within.js'

const TOO_BIG = 1009
const names = Object.keys(coreContract.commands)

/** A packet of exactly this many bytes, with a text as the command's payload. */
function packetOf(bytes: number, name: string): string {
  const empty = `421${JSON.stringify([name, ''])}`
  return `421${JSON.stringify([name, 'x'.repeat(bytes - empty.length)])}`
}

describe.each(names)('the command %s', (name) => {
  it('is answered when its packet is as large as the limit', async () => {
    await using scene = await startScene()
    const raw = await scene.admittedRaw()
    raw.send(packetOf(defaultLimits.maxPayloadBytes, name))
    expect(await raw.next('431[')).toBeDefined()
  })

  it('closes its connection when its packet is one byte larger', async () => {
    await using scene = await startScene()
    const raw = await scene.admittedRaw()
    raw.send(packetOf(defaultLimits.maxPayloadBytes + 1, name))
    expect(await raw.closed).toBe(TOO_BIG)
  })

  it.each([['websocket'], ['polling']] as const)(
    'closes its connection over %s when its payload is huge',
    async (transport) => {
      await using scene = await startScene()
      const client = await scene.attacker({ transports: [transport] })
      expect(await callWithAck(client, name, 'x'.repeat(1_000_000))).toBe('closed')
    },
  )

  it('closes its connection when a binary attachment is huge', async () => {
    await using scene = await startScene()
    const client = await scene.attacker()
    expect(await callWithAck(client, name, Buffer.alloc(defaultLimits.maxPayloadBytes + 1))).toBe(
      'closed',
    )
  })
})

it('lets a client come back after it was closed for its size', async () => {
  await using scene = await startScene()
  const client = await scene.attacker()
  expect(await callWithAck(client, 'echo', 'x'.repeat(100_000))).toBe('closed')
  const back = new Promise((resolve) => client.once('connected', resolve))
  client.connect()
  await within(back, 'the second welcome')
  expect(await callWithAck(client, 'echo', 'small')).toMatchObject({ ok: true })
})
