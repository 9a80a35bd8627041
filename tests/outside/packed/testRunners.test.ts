import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packedConsumer } from './support/packedConsumer.js'
import type { PackedConsumer } from './support/packedConsumer.js'

/** What a team writes about a fake. It runs as it is with every runner and module system. */
const fakeTests = `
it('has a fake client with all that a real one has', async () => {
  const fake = createFakeClient(contract, { metadata: { device: 'phone' } })
  fake.handle('mood:save', ({ input }) => 'saved ' + input)
  await fake.connect()
  expect(await fake.call('mood:save', 3)).toBe('saved 3')
  expect(fake.calls('mood:save')).toHaveLength(1)
  const heard = []
  fake.on('mood:saved', (mood) => heard.push(mood))
  await fake.emit('mood:saved', 4)
  expect(heard).toEqual([4])
  const room = fake.room('public:lobby')
  await room.join()
  await fake.goOffline()
  expect(fake.status).toBe('offline')
  const sent = room.send('hi')
  fake.goOnline()
  await sent
  expect(room.messages).toMatchObject([{ data: 'hi', state: 'delivered' }])
  await fake.close()
})

it('has several clients of one server', async () => {
  const server = createFakeServer(undefined, { authenticate: ({ username }) => username })
  const [sara, omid] = [server.client(), server.client()]
  await Promise.all([sara.connect(), omid.connect()])
  await sara.session.signIn({ username: 'sara' })
  const room = omid.room('public:lobby')
  await room.join()
  await sara.room('public:lobby').send('hello')
  await server.settle()
  expect(room.messages).toMatchObject([{ data: 'hello', from: 'user:sara' }])
  await server.close()
})
`

const contract = `
const contract = extendContract(coreContract, {
  commands: { 'mood:save': command({ input: z.number(), output: z.string() }) },
  events: { 'mood:saved': z.number() },
})
`

const imports = `
import { command, coreContract, extendContract } from '@yektayar/protocol'
import { createFakeClient, createFakeServer } from '@yektayar/testing/fake'
import { z } from 'zod'
`

const required = `
const { command, coreContract, extendContract } = require('@yektayar/protocol')
const { createFakeClient, createFakeServer } = require('@yektayar/testing/fake')
const { z } = require('zod')
`

const fakeTimers = `
it('lets the test fake the timers', async () => {
  jest.useFakeTimers()
  const fake = createFakeClient()
  await fake.connect()
  fake.handle('echo', () => new Promise(() => undefined))
  const call = fake.echo('hi').catch((error) => error)
  await jest.advanceTimersByTimeAsync(10_000)
  expect(await call).toMatchObject({ code: 'timeout' })
  await fake.close()
  jest.useRealTimers()
})
`

const serverTest = `
import { startTestServer } from '@yektayar/testing'
it('has a server', async () => {
  const backend = await startTestServer()
  const client = backend.client()
  await client.connect()
  expect(await client.echo('hi')).toMatchObject({ received: 'hi' })
  await client.session.list()
  await backend.close()
}, 60_000)
`

const vitest = `import { expect, it } from 'vitest'\n`

let made: PackedConsumer | undefined

function theConsumer(): PackedConsumer {
  if (!made) throw new Error('The packages could not be installed')
  return made
}

/** Runs Jest, whose modules are CommonJS without the option `--experimental-vm-modules` of Node. */
function jest(environment: string, file: string, ...nodeOptions: string[]) {
  return theConsumer().run(
    process.execPath,
    ...[...nodeOptions, 'node_modules/jest/bin/jest.js', '--no-cache', '--env', environment],
    ...['--testMatch', `**/${file}`],
  )
}

// They install two test runners: `npm run test:long outside`.
describe.runIf(process.env.OUTSIDE === 'long')('the test runners of app teams', () => {
  beforeAll(async () => {
    made = await packedConsumer([
      ...['zod@4', 'jest@30', 'jest-environment-jsdom@30', 'vitest@4', 'happy-dom'],
      ...['socket.io-client@4', 'vue@3', 'pinia'],
    ])
    await made.write({
      'jest/fake.test.cjs': required + contract + fakeTests + fakeTimers,
      'jest/required.test.cjs': `it('fails', () => { require('@yektayar/testing') })`,
      'jest/fake.test.mjs': imports + contract + fakeTests,
      'jest/server.test.mjs': serverTest,
      'vitest/fake.test.js': vitest + imports + contract + fakeTests,
      'vitest/server.test.js': vitest + serverTest,
    })
  })

  afterAll(() => made?.[Symbol.asyncDispose]())

  it.each(['node', 'jsdom'])('Jest runs the fake as CommonJS, in %s', async (environment) => {
    const { output } = await jest(environment, 'fake.test.cjs')
    expect(output).toContain('Tests:       3 passed, 3 total')
  })

  it.each(['node', 'jsdom'])('Jest runs the fake as an ES module, in %s', async (environment) => {
    const { output } = await jest(environment, 'fake.test.mjs', '--experimental-vm-modules')
    expect(output).toContain('Tests:       2 passed, 2 total')
  })

  it.each(['node', 'jsdom'])(
    'Jest says in one sentence that it cannot require the server, in %s',
    async (environment) => {
      const { code, output } = await jest(environment, 'required.test.cjs')
      expect(output).toContain(
        '@yektayar/testing cannot be required here, because its server is an ES module: use @yektayar/testing/fake',
      )
      expect(code).toBe(1)
    },
  )

  it('Jest starts a server from an ES module, in node', async () => {
    const { output } = await jest('node', 'server.test.mjs', '--experimental-vm-modules')
    expect(output).toContain('Tests:       1 passed, 1 total')
  })

  it('Jest says in one sentence that jsdom has no server', async () => {
    const { code, output } = await jest('jsdom', 'server.test.mjs', '--experimental-vm-modules')
    expect(output).toContain('startTestServer() needs Node.js, but this test environment has no ')
    expect(output).toContain('@jest-environment node')
    expect(code).toBe(1)
  })

  it.each(['node', 'happy-dom'])('Vitest runs all of it, in %s', async (environment) => {
    const { output } = await theConsumer().run(
      process.execPath,
      ...['node_modules/vitest/vitest.mjs', 'run', '--environment', environment, '--dir', 'vitest'],
    )
    expect(output).toContain('Tests  3 passed (3)')
  })
})
