import { PROTOCOL_VERSION } from '../constants.js'
import type { Refusal } from './refusals.js'

/** The oldest version of the wire that servers serve. */
const OLDEST_VERSION = 1

/**
 * Why a server refuses a client that speaks this version of the wire (`auth.protocol` of its handshake);
 * `undefined` where it serves it. A client that names none is one of the guide's, and is served.
 */
export function refusalOfProtocol(version: unknown): Refusal | undefined {
  if (version === undefined || version === null) return undefined
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
    return {
      code: 'invalid_input',
      message: 'auth.protocol is not a version of the protocol',
      hint: `A whole number, as ${String(PROTOCOL_VERSION)}; leave it out with a plain Socket.IO client`,
    }
  }
  if (version >= OLDEST_VERSION && version <= PROTOCOL_VERSION) return undefined
  const isNewer = version > PROTOCOL_VERSION
  return {
    code: 'upgrade_required',
    message: `The server does not speak version ${String(version)} of the protocol`,
    hint: isNewer
      ? 'The server is older than this client: deploy servers first, then clients'
      : 'Load the page again, or update the app: this client is too old for the server',
  }
}
