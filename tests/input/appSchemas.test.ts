import { describe, expect, it } from 'vitest'
import { appContract, schemaFaults, SECRET } from './support/appContract.js'
import { callWithAck, sendWithoutAck } from './support/outcome.js'
import { passTime } from './support/passTime.js'
import { doubtfulPayloads, refusedPayloads } from './support/payloads.js'
import { startScene, withBinary } from './support/scene.js'

const names = ['app:run', 'app:shaped', 'app:take', 'app:badInput', 'app:badOutput']

/** A scene whose app returns the input of every command. */
function startApp(extra: object = {}) {
  const commands = Object.fromEntries(
    names.map((name) => [name, ({ input }: { input: unknown }) => input]),
  )
  return startScene({ contract: appContract, commands, ...withBinary, ...extra })
}

const badInput = Object.keys(schemaFaults).filter((what) => what !== 'returns nothing')

describe('an input schema that', () => {
  it.each(badInput)('%s refuses the input', async (fault) => {
    await using scene = await startApp()
    const client = await scene.attacker()
    const outcomes = [
      await callWithAck(client, 'app:badInput', fault),
      await sendWithoutAck(client, 'app:badInput', 'app:none', fault),
    ]
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ ok: false, error: { code: 'invalid_input' } })
      expect(JSON.stringify(outcome)).not.toContain(SECRET)
    }
  })

  it('never settles is answered with handler_timeout', async () => {
    let begun = 0
    const hang = () => {
      begun += 1
      return new Promise(() => undefined)
    }
    const { commands, events } = appContract
    const input = { '~standard': { version: 1, vendor: 'tests', validate: hang } }
    const hanging = { ...commands['app:badInput'], input }
    await using scene = await startApp({
      contract: { commands: { ...commands, 'app:badInput': hanging }, events },
    })
    const client = await scene.attacker()
    const outcomes = await passTime(client, 'app:badInput', () => begun === 2)
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ ok: false, error: { code: 'handler_timeout' } })
    }
  })
})

describe('an output schema that', () => {
  it.each(badInput)('%s keeps the result back', async (fault) => {
    await using scene = await startApp()
    const client = await scene.attacker()
    const outcome = await callWithAck(client, 'app:badOutput', fault)
    expect(outcome).toMatchObject({ ok: false, error: { code: 'internal_error' } })
    expect(JSON.stringify(outcome)).not.toContain(SECRET)
  })
})

describe('an app’s command with a Zod schema', () => {
  it('refuses hostile payloads', async () => {
    await using scene = await startApp()
    const client = await scene.attacker()
    for (const [what, payload] of refusedPayloads) {
      const outcome = await callWithAck(client, 'app:take', payload)
      expect(outcome, what).toMatchObject({ ok: false, error: { code: 'invalid_input' } })
    }
  })

  it('answers every other payload', async () => {
    await using scene = await startApp()
    const client = await scene.attacker()
    for (const [what, payload] of doubtfulPayloads) {
      const outcome = await callWithAck(client, 'app:take', payload)
      expect(outcome, what).not.toMatchObject({ error: { code: 'internal_error' } })
      expect(outcome, what).not.toBe('closed')
    }
  })

  it('is told of ten reasons at most, each of them short', async () => {
    await using scene = await startApp()
    const client = await scene.attacker()
    const entries = Array.from({ length: 900 }, (_, index) => [`k${index}`, {}])
    const metadata: unknown = Object.fromEntries([['k'.repeat(30_000), []], ...entries])
    const outcome = await callWithAck(client, 'app:take', { metadata })
    expect(outcome).toMatchObject({ ok: false, error: { code: 'invalid_input' } })
    expect(JSON.stringify(outcome).length).toBeLessThan(10_000)
  })
})
