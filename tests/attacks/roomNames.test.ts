import { afterAll, beforeAll, it } from 'vitest'
import { openArena } from './support/arena.js'

const CONNECTIONS = 200
const NAMES_EACH = 1_000
const COMMANDS = ['room:join', 'room:history', 'room:typing', 'room:leave']

let arena: Awaited<ReturnType<typeof openArena>>
beforeAll(async () => {
  arena = await openArena({ handshakeBurstPerAddress: 10_000 })
})
afterAll(() => arena[Symbol.asyncDispose]())

it('200,000 room names harm nobody', async () => {
  await arena.withstand(async ({ admittedRaw }) => {
    for (let connection = 0; connection < CONNECTIONS; connection++) {
      const raw = await admittedRaw()
      for (let name = 0; name < NAMES_EACH; name++) {
        const input = { room: `public:${connection}-${name}`, isTyping: true }
        raw.send(`42${name}${JSON.stringify([COMMANDS[name % COMMANDS.length], input])}`)
      }
      await raw.closed
    }
  })
})
