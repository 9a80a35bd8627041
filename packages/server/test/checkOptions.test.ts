import Fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { createServer, OptionError, yektayar } from '../src/index.js'
import { readConfig } from '../src/standalone/config.js'

const wrong: readonly [string, unknown][] = [
  ['trustProxy', true],
  ['trustProxy', '10.0.0.0/8'],
  ['trustProxy', ['not an address']],
  ['trustProxy', ['1']],
  ['trustProxy', ['10.1']],
  ['corsOrigins', '*'],
  ['publicUrls', 'https://app.org'],
  ['authenticate', {}],
  ['authorize', 'public'],
  ['accountOf', 1],
  ['onMessage', null],
  ['allowQueryToken', 'no'],
  ['corsCredentials', 'true'],
  ['environment', 'staging'],
  ['databaseUrl', 5],
  ['sessionTtlDays', '30'],
  ['limits', { maxPendingCommits: '5' }],
  ['limits', { maxPendingCommits: null }],
  ['metrics', true],
  ['contract', 'core'],
  ['commands', () => undefined],
]

it.each(wrong)('%s is refused as %j, and named', async (name, value) => {
  const options = { databaseUrl: 'sqlite::memory:', logLevel: 'silent', [name]: value } as object
  const refused = { name: 'OptionError', code: 'invalid_options' }
  await expect(createServer(options)).rejects.toMatchObject(refused)
  await expect(createServer(options)).rejects.toThrow(name)
  await using app = Fastify()
  await expect(app.register(yektayar(options))).rejects.toThrow(OptionError)
})

it('a wrong option is refused with what was given and what is allowed, but no secret', async () => {
  const refusal = (options: object) => createServer(options).catch((error: unknown) => error)
  expect(await refusal({ logLevel: 'loud' })).toMatchObject({
    message: expect.stringMatching(/^logLevel is "loud": .*"silent"/) as string,
  })
  expect(await refusal({ limits: { packetBurst: '5' } })).toMatchObject({
    message: expect.stringMatching(/^limits.packetBurst is "5": /) as string,
  })
  const secret = { databaseUrl: 'mysql://me:hush@host', docs: 'hush', metrics: 'hush' }
  for (const [name, value] of Object.entries(secret)) {
    const error = (await refusal({ [name]: value })) as Error
    expect(error.message).toContain(name)
    expect(error.message).not.toContain('hush')
  }
})

it.each([
  ['port', '3000'],
  ['port', 70_000],
  ['host', 1],
  ['logLevel', 'loud'],
  ['docs', 'secret'],
])('%s of a whole server is refused as %j', async (name, value) => {
  await expect(createServer({ [name]: value })).rejects.toThrow(OptionError)
})

it('an option that is undefined is as one that is not given, limits too', async () => {
  const names = [
    ...['contract', 'commands', 'redisUrl', 'sessionTtlDays', 'sessionIdleDays', 'authenticate'],
    ...['accountOf', 'authorize', 'onMessage', 'tables', 'checkEvents', 'allowQueryToken'],
    ...['trustProxy', 'metrics', 'product', 'environment', 'runtime', 'corsOrigins'],
    ...['corsCredentials', 'publicUrls', 'allowLoopbackOrigins', 'corsHeaders', 'path', 'basePath'],
    ...['health', 'routes', 'host', 'docs', 'demoDirectory', 'prettyLog'],
  ]
  const server = await createServer({
    ...Object.fromEntries(names.map((name) => [name, undefined])),
    databaseUrl: 'sqlite::memory:',
    port: 0,
    logLevel: 'silent',
    limits: { maxUnsentBytes: undefined, maxPayloadBytes: undefined },
  })
  onTestFinished(() => server.close())
  await server.listen()
  expect((await fetch(`${server.url}/health`)).status).toBe(200)
})

it.each([
  '127.0.0.1',
  '::1',
  '10.0.0.0/8',
  '10.0.0.0/255.0.0.0',
  'fc00::/7',
  'loopback',
  'uniquelocal',
])('the option and the variable trust %s as a proxy', async (entry) => {
  expect(readConfig({ TRUST_PROXY: entry }).TRUST_PROXY).toEqual([entry])
  const options = { databaseUrl: 'sqlite::memory:', logLevel: 'silent' } as const
  const server = await createServer({ ...options, trustProxy: [entry] })
  await server.close()
})
