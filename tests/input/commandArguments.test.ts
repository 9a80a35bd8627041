import { coreContract } from '@yektayar/protocol'
import type { CommandDefinition } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { checkAnswer } from './support/answers.js'
import { callWithAck, sendWithoutAck } from './support/outcome.js'
import { startScene, withBinary } from './support/scene.js'

const commands = Object.entries<CommandDefinition>(coreContract.commands)
const invalid = { ok: false, error: { code: 'invalid_input' } }

describe.each(commands)('the command %s', (name, { reply }) => {
  it('refuses more than one payload', async () => {
    await using scene = await startScene(withBinary)
    const client = await scene.attacker()
    expect(await callWithAck(client, name, 1, 2)).toMatchObject(invalid)
    expect(await callWithAck(client, name, null, null)).toMatchObject(invalid)
    expect(await callWithAck(client, name, ...Array<number>(1_000).fill(0))).toMatchObject(invalid)
    expect(await sendWithoutAck(client, name, reply, {}, {})).toMatchObject(invalid)
  })

  it.each([
    ['a text', 'callback'],
    ['an object', { call: true }],
    ['null', null],
    ['false', false],
    ['an array', []],
    ['a Buffer', Buffer.from('ack')],
  ])('takes an acknowledgement that is %s for a second payload', async (_what, acknowledgement) => {
    await using scene = await startScene(withBinary)
    const client = await scene.attacker()
    expect(await sendWithoutAck(client, name, reply, {}, acknowledgement)).toMatchObject(invalid)
  })

  it('answers twice when an acknowledgement id repeats', async () => {
    await using scene = await startScene(withBinary)
    const raw = await scene.admittedRaw()
    raw.send(`427${JSON.stringify([name])}`)
    raw.send(`427${JSON.stringify([name])}`)
    raw.send('428["ping"]')
    await raw.next('438')
    // Commands run side by side: the answers may come before or after that of the ping.
    const answers = () => raw.frames.filter((frame) => frame.startsWith('437'))
    await vi.waitFor(() => {
      expect(answers()).toHaveLength(2)
    })
    for (const answer of answers()) checkAnswer((JSON.parse(answer.slice(3)) as unknown[])[0])
  })

  it.each([
    ['zero', '0'],
    ['the largest safe integer', String(Number.MAX_SAFE_INTEGER)],
    ['beyond the safe integers', '9'.repeat(30)],
    ['beyond all numbers', '9'.repeat(400)],
  ])('answers under an acknowledgement id that is %s', async (_what, id) => {
    await using scene = await startScene(withBinary)
    const raw = await scene.admittedRaw()
    raw.send(`42${id}${JSON.stringify([name])}`)
    const frame = (await raw.next(`43${String(Number(id))}`)) ?? ''
    checkAnswer((JSON.parse(frame.slice(frame.indexOf('['))) as unknown[])[0])
  })

  it('closes cleanly on an acknowledgement id that is no number', async () => {
    await using scene = await startScene(withBinary)
    for (const id of ['-1', '1.5', 'x', '0x10', '-']) {
      const raw = await scene.admittedRaw()
      raw.send(`42${id}${JSON.stringify([name])}`)
      await raw.closed
    }
  })
})
