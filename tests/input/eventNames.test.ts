import { coreContract } from '@yektayar/protocol'
import { expect, it } from 'vitest'
import { checkAnswer, checkError } from './support/answers.js'
import { startScene } from './support/scene.js'

const serverEvents = [
  ...Object.keys(coreContract.events).filter((name) => !(name in coreContract.commands)),
  ...Object.values(coreContract.commands).flatMap((it) => ('reply' in it ? [it.reply] : [])),
]

const unknownNames: (string | number)[] = [
  '',
  ' ',
  'error',
  'unknown',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'close',
  'end',
  'data',
  'PING',
  'ping ',
  'ping\u0000',
  '\u0000',
  '\ud800',
  'x'.repeat(10_000),
  '🧠'.repeat(2_000),
  '42["ping"]',
  '*',
  0,
  -1,
  1.5,
  1e308,
  ...serverEvents,
]

/** Names that Socket.IO reserves. Its decoder rejects a packet with one as invalid. */
const refusedNames: unknown[] = [
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
  null,
  true,
  [],
  {},
]

const unnamed: [what: string, packet: string][] = [
  ['nothing at all', '42'],
  ['an acknowledgement id alone', '421'],
]

it('answers every unknown name with unknown_command, with an ack', async () => {
  await using scene = await startScene()
  const raw = await scene.admittedRaw()
  for (const [index, name] of unknownNames.entries()) {
    const id = 1_000 + index
    raw.send(`42${id}${JSON.stringify([name, { a: 1 }])}`)
    const frame = (await raw.next(`43${id}[`)) ?? ''
    const answer = checkAnswer((JSON.parse(frame.slice(6)) as unknown[])[0])
    expect(answer, String(name)).toMatchObject({ ok: false, error: { code: 'unknown_command' } })
  }
})

it('answers every unknown name with command:failed, without an ack', async () => {
  await using scene = await startScene()
  for (const name of unknownNames) {
    const raw = await scene.admittedRaw()
    raw.send(`42${JSON.stringify([name, { a: 1 }])}`)
    const { command, error } = failureIn(await raw.next('42["command:failed"'))
    expect(command).toBe(String(name).slice(0, 64))
    expect(checkError(error).code).toBe('unknown_command')
  }
})

it('closes cleanly on names that Socket.IO keeps for itself, and on names that are none', async () => {
  await using scene = await startScene()
  for (const name of refusedNames) {
    const raw = await scene.admittedRaw()
    raw.send(`421${JSON.stringify([name])}`)
    await raw.closed
  }
})

it.each(unnamed)('answers an event that carries %s', async (_what, packet) => {
  await using scene = await startScene()
  const raw = await scene.admittedRaw()
  raw.send(packet)
  raw.send('429["ping"]')
  await raw.next('439[')
  const answers = raw.frames.filter((frame) => /^4(2\["command:failed"|31\[)/.test(frame))
  expect(answers).toHaveLength(1)
  const [answer = ''] = answers
  if (packet === '421') expect(answer).toMatch(/^431\[.*unknown_command/)
  else expect(checkError(failureIn(answer).error).code).toBe('unknown_command')
  expect(answer).not.toMatch(/function|=>/)
})

it('does not take a listener’s name for a command on its own connection', async () => {
  await using scene = await startScene()
  const client = await scene.attacker()
  for (let index = 0; index < 100; index += 1) client.emit('error', new Error('mine'), () => null)
  expect(await client.emitWithAck('ping')).toMatchObject({ ok: true })
})

function failureIn(frame: string | undefined): { command: unknown; error: unknown } {
  const [, failure] = JSON.parse((frame ?? '').slice(2)) as [string, never]
  return failure
}
