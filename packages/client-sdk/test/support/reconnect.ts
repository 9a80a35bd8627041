import type { YektaYarSocket } from '../../src/index.js'

/** Closes the client's transport, and waits until the client is connected again. */
export async function reconnect(client: YektaYarSocket): Promise<void> {
  const lost = client.whenStatus('reconnecting')
  client.socket?.io.engine.close()
  await lost
  await client.whenStatus('connected', { timeoutMs: 5_000 })
}
