import { coreContract } from '@yektayar/protocol'
import { defaultLimits } from '@yektayar/server'
import { describe, expect, it } from 'vitest'
import { checkAnswer, checkError } from './support/answers.js'
import type { RawConnection } from './support/rawConnection.js'
import { startScene } from './support/scene.js'

const names = Object.keys(coreContract.commands)
const deepest = Math.floor(defaultLimits.maxPayloadBytes / 2) - 50

const shapes: [what: string, json: string][] = [
  ['arrays 5,000 deep', '['.repeat(5_000) + ']'.repeat(5_000)],
  ['objects 5,000 deep', '{"a":'.repeat(5_000) + '1' + '}'.repeat(5_000)],
  ['arrays and objects 5,000 deep', '[{"a":'.repeat(2_500) + '1' + '}]'.repeat(2_500)],
  ['a deep value beside a flat one', `{"a":1,"b":${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
  ['arrays as deep as a packet can carry', '['.repeat(deepest) + ']'.repeat(deepest)],
]

/** The answer that a frame carries behind its acknowledgement id. */
async function answerTo(raw: RawConnection, id: number): Promise<unknown> {
  const frame = (await raw.next(`43${id}[`)) ?? ''
  return (JSON.parse(frame.slice(frame.indexOf('['))) as unknown[])[0]
}

// Written by hand: a client's own JSON.stringify cannot take this depth everywhere.
describe.each(names)('the command %s', (name) => {
  it.each(shapes)('refuses %s, with an ack', async (_what, json) => {
    await using scene = await startScene()
    const raw = await scene.admittedRaw()
    raw.send(`421["${name}",${json}]`)
    expect(checkAnswer(await answerTo(raw, 1))).toMatchObject({
      ok: false,
      error: { code: 'invalid_input' },
    })
  })

  it.each(shapes)('refuses %s, without an ack', async (_what, json) => {
    await using scene = await startScene()
    const raw = await scene.admittedRaw()
    raw.send(`42["${name}",${json}]`)
    const frame = await raw.next('42["command:failed"')
    const [, failure] = JSON.parse((frame ?? '').slice(2)) as [string, { error: unknown }]
    expect(checkError(failure.error).code).toBe('invalid_input')
  })

  it.each(shapes)('refuses %s around binary data, or closes', async (_what, json) => {
    await using scene = await startScene()
    const raw = await scene.admittedRaw()
    raw.send(`451-1["${name}",${json},{"_placeholder":true,"num":0}]`)
    raw.send(Buffer.from('binary'))
    const end = await Promise.race([raw.next('431['), raw.closed])
    if (typeof end === 'string') {
      expect(checkAnswer(await answerTo(raw, 1))).toMatchObject({
        ok: false,
        error: { code: 'invalid_input' },
      })
    }
  })
})

it('refuses a token 5,000 levels deep', async () => {
  await using scene = await startScene()
  const raw = await scene.raw()
  raw.send(`40{"token":${'['.repeat(5_000)}${']'.repeat(5_000)}}`)
  const frame = (await raw.next('44')) ?? ''
  const refusal = JSON.parse(frame.slice(2)) as { message: string; data: unknown }
  expect(refusal.message).toBe('Invalid or expired session token')
  expect(checkError(refusal.data).code).toBe('token_invalid')
})
