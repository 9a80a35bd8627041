import { coreContract, validate } from '@yektayar/protocol'
import type { CommandDefinition } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import { callWithAck, sendWithoutAck } from './support/outcome.js'
import type { Outcome } from './support/outcome.js'
import { closingPayloads, doubtfulPayloads, refusedPayloads } from './support/payloads.js'
import { startScene, withBinary } from './support/scene.js'

const commands = Object.entries<CommandDefinition>(coreContract.commands)

/** Expects the outcome of a call that the contract forbids. */
function expectInvalid(outcome: Outcome, what: string): void {
  expect(outcome, what).toMatchObject({ ok: false, error: { code: 'invalid_input' } })
}

/**
 * Expects what the contract says: invalid input is refused, and valid input causes no internal
 * error.
 */
async function expectAsDeclared(
  outcome: Outcome,
  { input }: CommandDefinition,
  sent: unknown,
  what: string,
): Promise<void> {
  if (!(await validate(input, sent)).ok) expectInvalid(outcome, what)
  else expect(outcome, what).not.toMatchObject({ error: { code: 'internal_error' } })
}

/** A payload as the server receives it. */
function overTheWire(payload: unknown): unknown {
  return (JSON.parse(JSON.stringify([payload])) as unknown[])[0]
}

describe.each(commands)('the command %s', (name, definition) => {
  it('refuses hostile payloads, with an ack', async () => {
    await using scene = await startScene(withBinary)
    const client = await scene.attacker()
    for (const [what, payload] of refusedPayloads) {
      expectInvalid(await callWithAck(client, name, payload), what)
    }
  })

  it.each(closingPayloads)('closes its connection for %s', async (_what, payload) => {
    await using scene = await startScene()
    const client = await scene.attacker()
    expect(await callWithAck(client, name, payload)).toBe('closed')
  })

  it('refuses hostile payloads, without an ack', async () => {
    await using scene = await startScene(withBinary)
    const client = await scene.attacker()
    for (const [what, payload] of refusedPayloads) {
      expectInvalid(await sendWithoutAck(client, name, definition.reply, payload), what)
    }
  })

  it('refuses hostile payloads over polling', async () => {
    await using scene = await startScene(withBinary)
    const client = await scene.attacker({ transports: ['polling'] })
    for (const [what, payload] of refusedPayloads) {
      expectInvalid(await callWithAck(client, name, payload), what)
    }
  })

  it('does with every other payload what its schema says, with an ack', async () => {
    await using scene = await startScene()
    const client = await scene.attacker()
    for (const [what, payload] of doubtfulPayloads) {
      const outcome = await callWithAck(client, name, payload)
      await expectAsDeclared(outcome, definition, overTheWire(payload), what)
    }
  })

  it('does with every other payload what its schema says, without an ack', async () => {
    await using scene = await startScene()
    const client = await scene.attacker()
    for (const [what, payload] of doubtfulPayloads) {
      const outcome = await sendWithoutAck(client, name, definition.reply, payload)
      await expectAsDeclared(outcome, definition, overTheWire(payload), what)
    }
  })

  it('does with a missing payload what its schema says', async () => {
    await using scene = await startScene()
    const client = await scene.attacker()
    const outcomes = [
      await callWithAck(client, name),
      await sendWithoutAck(client, name, definition.reply),
    ]
    for (const outcome of outcomes) await expectAsDeclared(outcome, definition, undefined, 'none')
  })

  it('answers each of many calls that are sent at once', async () => {
    await using scene = await startScene(withBinary)
    const client = await scene.attacker()
    const payloads = [...refusedPayloads, ...doubtfulPayloads]
    const outcomes = await Promise.all(
      payloads.map(([, payload]) => callWithAck(client, name, payload)),
    )
    for (const outcome of outcomes) expect(outcome).not.toBe('closed')
  })
})
