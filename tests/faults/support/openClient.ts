import { YektaYarSocket } from '@yektayar/client'
import type { YektaYarSocketOptions } from '@yektayar/client'

/** A connected client that reconnects quickly, and disconnects at the end of the scope. */
export async function openClient(options: YektaYarSocketOptions) {
  const client = new YektaYarSocket({ retryDelayMs: 10, retryDelayMaxMs: 50, ...options })
  await client.connect()
  return { client, [Symbol.asyncDispose]: () => client.disconnect() }
}
