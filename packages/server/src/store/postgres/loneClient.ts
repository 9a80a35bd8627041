import { Socket } from 'node:net'
import type { Client } from 'pg'
import { settledWithin } from '../../shared/settledWithin.js'
import { timerMs } from '../../shared/timerMs.js'
import { connectionOptions } from './pool.js'

/** How long a connection may take to end. */
const END_MS = 500

/** A connection beside the pools. */
export interface LoneClient {
  readonly client: Client
  /** Ends it, also if the server does not answer; never rejects. */
  end(this: void): Promise<void>
}

/** Creates one, which is not connected yet. Each of its statements has a time limit. */
export async function createLoneClient(
  databaseUrl: string,
  busyTimeoutMs: number,
): Promise<LoneClient> {
  const { default: pg } = await import('pg')
  const socket = new Socket()
  const client = new pg.Client({
    ...connectionOptions(databaseUrl, busyTimeoutMs),
    query_timeout: timerMs(busyTimeoutMs),
    stream: () => socket,
  })
  return {
    client,
    async end() {
      await settledWithin(client.end(), END_MS).catch(() => undefined)
      socket.destroy() // otherwise it stays until the network gives up
    },
  }
}
