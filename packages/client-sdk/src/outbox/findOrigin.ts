import type { Connection } from '../connection/connection.js'
import { FACILITY_TIMEOUT_MS } from '../shared/limits.js'
import { resolveServerUrl } from '../shared/serverUrl.js'
import { withDeadline } from '../shared/withDeadline.js'

/**
 * The origin of the server. The app's function for the address may fail or not answer now, and answer
 * a later attempt to connect: then the origin is the one of that attempt.
 */
export function findOrigin({ server, target }: Connection): Promise<string> {
  const find = (): Promise<string> => resolveServerUrl(target.url)
  return withDeadline('url', { timeoutMs: FACILITY_TIMEOUT_MS }, find).catch(() => server.located)
}
