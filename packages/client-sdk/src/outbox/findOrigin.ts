import type { Connection } from '../connection/connection.js'
import { resolveServerUrl } from '../shared/serverUrl.js'

/**
 * The origin of the server. The app's function for the address may fail or never answer at one time,
 * and answer a later attempt to connect: then the origin is the one of that attempt.
 */
export function findOrigin({ server, target }: Connection): Promise<string> {
  return new Promise((resolve) => {
    void server.located.then(resolve)
    resolveServerUrl(target.url).then(resolve, () => undefined)
  })
}
