import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from '@yektayar/server'
import type { CreateServerOptions } from '@yektayar/server'
import { expect } from 'vitest'
import { YektaYarSocket } from '../../src/index.js'
import type { ConnectionStatus, YektaYarSocketOptions } from '../../src/index.js'
import { legalMoves } from './legalMoves.js'

/**
 * A real server that can be stopped and restarted on the same port, with clients that close with
 * it.
 */
export async function startServer(serverOptions: CreateServerOptions = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'yektayar-client-'))
  const options = {
    host: '127.0.0.1',
    databaseUrl: `sqlite:${join(directory, 'test.db')}`,
    logLevel: 'silent',
    ...serverOptions,
  } as const
  let server = await createServer({ ...options, port: 0 })
  const url = await server.listen()
  const clients = new Set<YektaYarSocket>()
  const illegalMoves: string[] = []
  const watchMoves = ({ subscribe }: YektaYarSocket): void => {
    let from: ConnectionStatus = 'idle'
    subscribe(({ status: to }) => {
      if (from !== to && !legalMoves[from].includes(to)) illegalMoves.push(`${from} → ${to}`)
      from = to
    })
  }
  return {
    url,
    databaseUrl: options.databaseUrl,
    get server() {
      return server
    },
    client: (clientOptions: YektaYarSocketOptions = {}) => {
      const client = new YektaYarSocket({ url, retryDelayMs: 10, ...clientOptions })
      clients.add(client)
      watchMoves(client)
      return client
    },
    stop: () => server.close(),
    async restart() {
      await server.close()
      server = await createServer({ ...options, port: Number(new URL(url).port) })
      await server.listen()
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.disconnect()
      await server.close()
      await rm(directory, { recursive: true, force: true })
      expect(illegalMoves).toEqual([])
    },
  }
}

/** Resolves with the reason of a promise's rejection. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('The promise was resolved')
}
