import type { YektaYarSocket } from '../../src/index.js'

/** Loses the connection from the server's side, and waits for the next one. */
export async function reconnect(client: YektaYarSocket): Promise<void> {
  const lost = client.whenStatus('reconnecting')
  client.socket?.io.engine.close()
  await lost
  await client.whenStatus('connected', { timeoutMs: 5_000 })
}
