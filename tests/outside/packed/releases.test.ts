import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProcess } from '../../support/runProcess.js'
import { temporaryDirectory } from '../../support/temporaryDirectory.js'
import { packedConsumer } from './support/packedConsumer.js'
import type { PackedConsumer } from './support/packedConsumer.js'

/** A folder for each release that is kept, with its tarballs: RELEASING.md says how they get here. */
const folder = join(import.meta.dirname, 'releases')
const releases = existsSync(folder) ? readdirSync(folder) : []
const ours = 'this version'

const serveScript = `
import { createServer } from '@yektayar/server'
const server = await createServer({
  port: 0,
  databaseUrl: process.argv[2],
  logLevel: 'silent',
  authenticate: ({ username }) => username ?? null,
})
console.log('at ' + (await server.listen()))
process.once('SIGTERM', () => server.close())
`

/** Prints what a client has read and written; its message is its argument. */
const talkScript = `
import { YektaYarSocket } from '@yektayar/client'
const [url, text] = process.argv.slice(2)
const client = new YektaYarSocket({ url })
await client.connect()
const { received } = await client.echo(text)
const { success } = await client.sendMessage({ text })
await client.session.signIn({ username: 'sara' })
const room = client.room('public:lobby')
await room.join()
const { seq } = await room.send({ text })
const texts = room.messages.map(({ data }) => data.text)
const { userId } = client.session
await client.session.signOut()
await client.disconnect()
console.log(JSON.stringify({ received, success, seq, texts, userId }))
`

const consumers = new Map<string, PackedConsumer>()

function consumerOf(version: string): PackedConsumer {
  const consumer = consumers.get(version)
  if (!consumer) throw new Error(`The packages of ${version} could not be installed`)
  return consumer
}

/** Starts the server of a version on a file. */
async function serve(version: string, databaseUrl: string) {
  const running = runProcess(process.execPath, ['serve.mjs', databaseUrl], {
    cwd: consumerOf(version).path,
    env: { PATH: process.env.PATH },
  })
  const url = await running.printed(/at (http\S+)/)
  const stop = async (): Promise<void> => {
    running.child.kill('SIGTERM')
    await running.exited
  }
  return { ...running, url, stop }
}

/** Lets the client of a version say something to a server. */
async function talk(version: string, url: string, text: string): Promise<unknown> {
  const { code, output } = await consumerOf(version).run(process.execPath, 'talk.mjs', url, text)
  expect(code, output).toBe(0)
  return JSON.parse(output)
}

const pairs = [
  { client: ours, server: ours },
  ...releases.flatMap((release) => [
    { client: release, server: ours },
    { client: ours, server: release },
  ]),
]

// They install the packages of each release: `npm run test:long outside`.
describe.runIf(process.env.OUTSIDE === 'long')('releases', () => {
  beforeAll(async () => {
    for (const version of [ours, ...releases]) {
      const release = version === ours ? undefined : join(folder, version)
      const consumer = await packedConsumer(['vue@3', 'pinia', 'zod@4', 'fastify@5'], release)
      consumers.set(version, consumer)
      await consumer.write({ 'serve.mjs': serveScript, 'talk.mjs': talkScript })
    }
  })

  afterAll(async () => {
    for (const consumer of consumers.values()) await consumer[Symbol.asyncDispose]()
  })

  it.each(pairs)('a client of $client talks to a server of $server', async ({ client, server }) => {
    await using running = await serve(server, 'sqlite::memory:')
    const spoken = { received: 'hi', success: true, seq: 1, texts: ['hi'], userId: 'sara' }
    expect(await talk(client, running.url, 'hi')).toEqual(spoken)
  })

  it.each([ours, ...releases])('this version opens a file of %s', async (version) => {
    await using directory = await temporaryDirectory()
    const databaseUrl = `sqlite:${join(directory.path, 'app.db')}`
    await using before = await serve(version, databaseUrl)
    await talk(version, before.url, 'before')
    await before.stop()
    await using after = await serve(ours, databaseUrl)
    expect(await talk(ours, after.url, 'after')).toMatchObject({ texts: ['before', 'after'] })
  })
})
