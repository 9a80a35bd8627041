import { command, coreContract, extendContract, none } from '@yektayar/protocol'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { createFakeClient } from '../src/fake.js'
import { startTestServer } from '../src/index.js'

const contract = extendContract(coreContract, {
  commands: {
    'mood:save': command({ input: z.object({ mood: z.coerce.number() }), output: none }),
    'mood:keep': command({ input: z.string(), output: none, delivery: 'once' }),
  },
})
/** Handlers of a command without a result. */
const commands = {
  'mood:save': () => {
    // no result
  },
  'mood:keep': async () => {
    await Promise.resolve()
  },
}

it('has the calls of a command as the server got them, also those that failed', async () => {
  await using fake = createFakeClient(contract, { commands, authenticate: () => 'sara' })
  await fake.connect()
  await fake.call('mood:save', { mood: 3 })
  await fake.session.signIn({ username: 'sara', password: 'x' })
  fake.fail('mood:save', 'store_unavailable')
  await expect(fake.call('mood:save', { mood: 4 })).rejects.toThrow()
  await fake.call('mood:keep', 'calm')
  expect(fake.calls('mood:save')).toMatchObject([
    { input: { mood: 3 }, session: { userId: null } },
    { input: { mood: 4 }, session: { userId: 'sara' } },
  ])
  expect(fake.calls('mood:keep')).toMatchObject([{ input: 'calm' }])
  expect(fake.calls('echo')).toEqual([])
})

it('has no calls that break the contract, and none of a command that is not in it', async () => {
  await using fake = createFakeClient(contract, { commands })
  await fake.connect()
  await expect(fake.call('mood:save', {} as { mood: number })).rejects.toThrow()
  expect(fake.calls('mood:save')).toEqual([])
  expect(() => fake.calls('mood:lose' as 'mood:save')).toThrow('mood:lose')
})

it('keeps the newest thousand', async () => {
  await using fake = createFakeClient()
  await fake.connect()
  for (let n = 0; n < 1_001; n++) await fake.echo(n)
  const inputs = fake.calls('echo').map(({ input }) => input)
  expect([inputs.length, inputs[0], inputs.at(-1)]).toEqual([1_000, 1, 1_000])
})

it('closes without `await using`, twice as once', async () => {
  const fake = createFakeClient()
  await fake.connect()
  await fake.close()
  await fake.close()
  expect(fake.status).toBe('idle')
  const backend = await startTestServer({ contract, commands })
  const client = backend.client()
  await client.connect()
  await client.call('mood:save', { mood: 3 }) // its handler returns nothing
  await backend.close()
  await backend.close()
  await expect(fetch(backend.url)).rejects.toThrow()
})
