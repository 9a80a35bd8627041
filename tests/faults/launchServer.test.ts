import { SESSION_ACQUIRE_PATH } from '@yektayar/protocol'
import type { AcquiredSession } from '@yektayar/protocol'
import { YektaYarSocket } from '@yektayar/client'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../support/temporaryDirectory.js'
import { launchServer } from './support/launchServer.js'

const slow = { timeout: 30_000 }

async function acquire(url: string): Promise<string> {
  const response = await fetch(url + SESSION_ACQUIRE_PATH, { method: 'POST' })
  // The tests of the route check the shape.
  return ((await response.json()) as AcquiredSession).token
}

async function statusFor(url: string, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${url}/api/session`, { headers })).status
}

it(
  'is gone after a kill, and serves its port and sessions again after a restart',
  slow,
  async () => {
    await using directory = await temporaryDirectory()
    await using server = await launchServer({ directory: directory.path })
    const { pid } = server
    const token = await acquire(server.url)
    await server.kill()
    await expect(fetch(server.url)).rejects.toThrow('fetch failed')

    await server.restart()
    expect(server.pid).not.toBe(pid)
    expect(await statusFor(server.url, token)).toBe(200)
  },
)

it('shares one database with another that starts at the same time', slow, async () => {
  await using directory = await temporaryDirectory()
  const launch = () => launchServer({ directory: directory.path })
  const [first, second] = await Promise.all([launch(), launch()])
  await using _first = first
  await using _second = second
  expect(first.url).not.toBe(second.url)
  expect(await statusFor(second.url, await acquire(first.url))).toBe(200)
})

it('kills a process that runs when it is restarted, and its clients come back', slow, async () => {
  await using directory = await temporaryDirectory()
  await using server = await launchServer({ directory: directory.path })
  const client = new YektaYarSocket({ url: server.url, retryDelayMs: 10 })
  await client.connect()
  const lost = client.whenStatus('reconnecting')
  await server.restart()
  await lost
  await client.whenStatus('connected')
  expect(await client.echo('hi')).toMatchObject({ received: 'hi' })
  await client.disconnect()
})

it('ends with its scope', slow, async () => {
  await using directory = await temporaryDirectory()
  const server = await launchServer({ directory: directory.path })
  const { pid } = server
  await server[Symbol.asyncDispose]()
  expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH')
})

it('says why it did not start, and leaves nothing behind', slow, async () => {
  await using directory = await temporaryDirectory()
  const launch = launchServer({ directory: directory.path, env: { LOG_LEVEL: 'loud' } })
  await expect(launch).rejects.toThrow('LOG_LEVEL is "loud"')
})

it('has the roomy limits', slow, async () => {
  await using directory = await temporaryDirectory()
  await using server = await launchServer({ directory: directory.path })
  const sessions = await Promise.all(Array.from({ length: 20 }, () => acquire(server.url)))
  expect(sessions.every((token) => token.length > 0)).toBe(true)
})
