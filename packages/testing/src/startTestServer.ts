import { memoryStorage, YektaYarSocket } from '@yektayar/client'
import type { YektaYarSocketOptions } from '@yektayar/client'
import type { AnyContract, CoreContract } from '@yektayar/protocol'
import type { CreateServerOptions, YektaYarServer } from '@yektayar/server'
import { requireNode } from './requireNode.js'
import { roomyLimits } from './roomyLimits.js'

/** Short, since a server on the same machine is back quickly. */
const RETRY_DELAY_MS = 10

/** A real server for one test, typed by the contract; `await using` closes it and its clients. */
export interface TestServer<
  Contract extends AnyContract = CoreContract,
  Tables = object,
> extends AsyncDisposable {
  /** Its address: a free port of 127.0.0.1. */
  readonly url: string
  readonly server: YektaYarServer<Contract, Tables>
  /** A client with its own session, not connected yet; it retries after 10 ms. */
  client(options?: YektaYarSocketOptions<Contract>): YektaYarSocket<Contract>
  /** Disconnects its clients and ends it: what `await using` does. */
  close(): Promise<void>
}

/**
 * Starts a real server on a free port, with an empty store in memory, without a log, and with
 * `roomyLimits`.
 *
 * @param options of `createServer`; `limits` are merged with the roomy ones
 * @throws {OptionError} `invalid_options`
 * @throws {Error} in an environment in which no server works, such as Jest's jsdom
 */
export async function startTestServer<Contract extends AnyContract = CoreContract, Tables = object>(
  options: CreateServerOptions<Contract, Tables> = {} as CreateServerOptions<Contract, Tables>, // none is required
): Promise<TestServer<Contract, Tables>> {
  requireNode()
  const { createServer } = await import('@yektayar/server') // where it works, and not before
  const server = await createServer<Contract, Tables>({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: 'sqlite::memory:',
    logLevel: 'silent',
    ...options,
    limits: { ...roomyLimits, ...options.limits },
  })
  const url = await server.listen().catch(async (error: unknown) => {
    await server.close()
    throw error
  })
  const clients: YektaYarSocket<Contract>[] = []
  const close = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.disconnect()))
    await server.close()
  }
  return {
    url,
    server,
    client(clientOptions) {
      const client = new YektaYarSocket<Contract>({
        url,
        retryDelayMs: RETRY_DELAY_MS,
        storage: memoryStorage(), // in jsdom all clients would share one session by localStorage
        ...clientOptions,
      })
      clients.push(client)
      return client
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
