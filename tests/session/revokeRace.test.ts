import { command, coreContract, extendContract, none } from '@yektayar/protocol'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { breakableStore } from '../input/support/breakableStore.js'
import { startScene } from '../input/support/scene.js'
import { nextTurn } from '../input/support/within.js'

const CONNECTIONS = 10
const COMMANDS_EACH = 100

const contract = extendContract(coreContract, {
  commands: { note: command({ input: none, output: z.number() }) },
})

it.each([['websocket'], ['polling']])(
  'of 1,000 commands over %s that race the end of their session, none takes effect after it',
  async (transport) => {
    await using store = await breakableStore()
    let effects = 0
    await using scene = await startScene({
      contract,
      commands: { note: () => ++effects },
      databaseUrl: store.databaseUrl,
      limits: { maxPayloadBytes: 1_000_000 },
    })
    const token = await scene.acquireToken()
    const session = await scene.server.sessions.findByToken(token)
    const clients = await Promise.all(
      Array.from({ length: CONNECTIONS }, () =>
        scene.attacker({ auth: { token }, transports: [transport] }),
      ),
    )
    const closed = clients.map(
      (client) => new Promise((resolve) => client.once('disconnect', resolve)),
    )
    const send = (count: number): void => {
      for (const client of clients) for (let sent = 0; sent < count; sent++) client.emit('note')
    }

    send(COMMANDS_EACH / 2)
    await expect.poll(() => effects, { interval: 1 }).toBeGreaterThan(0)
    const ending = scene.server.sessions.end(session?.id ?? '')
    send(COMMANDS_EACH / 2)
    await ending
    const committed = effects
    await Promise.all(closed)
    await nextTurn()
    expect(effects).toBe(committed)
    expect(effects).toBeLessThan(CONNECTIONS * COMMANDS_EACH)
  },
)
