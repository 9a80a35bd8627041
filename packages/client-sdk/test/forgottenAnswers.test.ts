import { describe, expect, it } from 'vitest'
import type { YektaYarSocket } from '../src/index.js'
import { rejection, startServer } from './support/server.js'

/** Counts the acknowledgements that Socket.IO is waiting for. */
function awaitedAnswers(client: YektaYarSocket): number {
  const { acks } = client.socket as unknown as { acks: object } // private in Socket.IO
  return Object.keys(acks).length
}

/** A connected client whose server withholds the answers to `echo` until the test releases them. */
async function setUp() {
  const context = await startServer()
  const client = context.client()
  await client.connect()
  await client.ping()
  await expect.poll(() => awaitedAnswers(client)).toBe(0)
  const [connection] = context.server.io.sockets.sockets.values()
  connection?.offAny() // the server keeps the connection but handles no more commands
  const withheld: (() => void)[] = []
  connection?.onAny((name: string, ...rest: unknown[]) => {
    const ack = rest.at(-1) as (answer: unknown) => void // every call of the client has an ack
    const answer = (): void => {
      ack({ ok: true, data: { received: rest[0], timestamp: new Date().toISOString() } })
    }
    if (name === 'echo') withheld.push(answer)
    else answer() // the client checks whether the connection is alive
  })
  return {
    client,
    /** Waits until the server has received this many calls, then answers them. */
    async answer(count: number) {
      await expect.poll(() => withheld.length).toBe(count)
      for (const answer of withheld.splice(0)) answer()
    },
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  }
}

describe('an answer that nobody waits for any more', () => {
  it('is forgotten after a timeout, and harms nothing when it comes late', async () => {
    await using context = await setUp()
    const { client } = context
    const calls = Array.from({ length: 50 }, (_, n) =>
      rejection(client.echo(n, { timeoutMs: 100 + n })),
    )
    const last = client.echo('last', { timeoutMs: 10_000 })
    for (const call of calls) expect(await call).toMatchObject({ code: 'timeout' })
    await expect.poll(() => awaitedAnswers(client)).toBe(1)
    await context.answer(51)
    expect(await last).toMatchObject({ received: 'last' })
    await expect.poll(() => awaitedAnswers(client)).toBe(0) // nor of a look whether the link is alive
    expect(client.status).toBe('connected')
  })

  it('is forgotten after an abort', async () => {
    await using context = await setUp()
    const { client } = context
    const controller = new AbortController()
    const { signal } = controller
    const calls = ['a', 'b', 'c'].map((text) => rejection(client.echo(text, { signal })))
    await expect.poll(() => awaitedAnswers(client)).toBe(3)
    controller.abort()
    for (const call of calls) expect(await call).toMatchObject({ code: 'aborted' })
    expect(awaitedAnswers(client)).toBe(0)
  })
})
