import { coreContract } from '@yektayar/protocol'
import { defaultLimits } from '@yektayar/server'
import { describe, expect, it } from 'vitest'
import { startScene, withBinary } from './support/scene.js'

const names = Object.keys(coreContract.commands)
const deepest = Math.floor(defaultLimits.maxPayloadBytes / 2) - 50

const shapes: [what: string, json: string][] = [
  ['arrays 5,000 deep', '['.repeat(5_000) + ']'.repeat(5_000)],
  ['objects 5,000 deep', '{"a":'.repeat(5_000) + '1' + '}'.repeat(5_000)],
  ['arrays and objects 5,000 deep', '[{"a":'.repeat(2_500) + '1' + '}]'.repeat(2_500)],
  ['a deep value beside a flat one', `{"a":1,"b":${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
  ['arrays as deep as a packet can carry', '['.repeat(deepest) + ']'.repeat(deepest)],
]

// The packets are written by hand, because JSON.stringify cannot go this deep on every platform.
describe.each(names)('the command %s', (name) => {
  it.each(shapes)('closes its connection for %s, with an ack', async (_what, json) => {
    await using scene = await startScene()
    const raw = await scene.admittedRaw()
    raw.send(`421["${name}",${json}]`)
    await raw.closed
    expect(raw.frames.filter((frame) => frame.startsWith('431'))).toEqual([])
  })

  it.each(shapes)('closes its connection for %s, without an ack', async (_what, json) => {
    await using scene = await startScene()
    const raw = await scene.admittedRaw()
    raw.send(`42["${name}",${json}]`)
    await raw.closed
  })

  it.each(shapes)('closes its connection for %s around binary data', async (_what, json) => {
    await using scene = await startScene(withBinary)
    const raw = await scene.admittedRaw()
    raw.send(`451-1["${name}",${json},{"_placeholder":true,"num":0}]`)
    await raw.closed
  })
})

it('closes a handshake with a token 5,000 levels deep', async () => {
  await using scene = await startScene()
  const raw = await scene.raw()
  raw.send(`40{"token":${'['.repeat(5_000)}${']'.repeat(5_000)}}`)
  await raw.closed
})
