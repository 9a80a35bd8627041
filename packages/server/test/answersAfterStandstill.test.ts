import { command, coreContract, extendContract } from '@yektayar/protocol'
import { afterEach, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer, temporaryDirectory } from './support/server.js'

const contract = extendContract(coreContract, {
  commands: { slow: command({ input: z.string(), output: z.string() }) },
})

afterEach(() => {
  vi.useRealTimers()
})

it('an answer that was under way while a process stood still waits until sessions are read', async () => {
  await using directory = await temporaryDirectory()
  const { databaseUrl } = directory
  let finish: ((secret: string) => void) | undefined
  const slow = () => new Promise<string>((resolve) => (finish = resolve))
  const deaf = { storePollMs: 10 ** 9, roomHeadIntervalMs: 10 ** 9 }
  const options = { databaseUrl, contract, commands: { slow } }
  await using context = await startServer({ ...options, limits: deaf })
  await using other = await startServer(options)
  const client = await roomClient(context)
  await client.join(ROOM)
  const answers: unknown[] = []
  const asked = client.ask('slow', 'x').then(
    (answer) => answers.push(answer),
    (error: unknown) => answers.push((error as { code: string }).code), // a refusal
  )
  const ended = new Promise((resolve) => client.socket.once('session:ended', resolve))
  const session = await other.server.sessions.findByToken(client.token)
  await vi.waitFor(() => {
    expect(finish).toBeDefined()
  })
  await other.server.sessions.end(session?.id ?? '')
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30_000 }) // as after the sleep of a machine
  finish?.('a secret')
  await ended
  await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 200))])
  expect(answers).not.toContain('a secret')
})
