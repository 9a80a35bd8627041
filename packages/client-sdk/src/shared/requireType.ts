import { YektaYarError } from './yektaYarError.js'

/** Names by which Socket.IO tells of a socket itself: no command and no event of a server has one. */
const reserved = /^(connect|disconnect|connect_error|disconnecting|(new|remove)Listener)$/

/**
 * Refuses what only plain JavaScript can pass, in the place where it is passed.
 *
 * @throws {YektaYarError} `invalid_input`
 */
export function requireType(type: 'string' | 'function', what: string, value: unknown): void {
  if (typeof value !== type) throw wrongUse(`${what} must be a ${type}, not ${kindOf(value)}`)
}

/**
 * Refuses what is no name of a command or an event.
 *
 * @throws {YektaYarError} `invalid_input`
 */
export function requireName(what: string, name: unknown): void {
  requireType('string', what, name)
  if (reserved.test(name as string)) {
    const hint = 'Use client.connect(), client.disconnect() and client.subscribe(({ status }) => …)'
    throw wrongUse(`${what} cannot be "${name as string}", which is Socket.IO's own`, hint)
  }
}

/** The error for a call that cannot work. */
export function wrongUse(message: string, hint?: string): YektaYarError {
  return new YektaYarError('invalid_input', message, { hint })
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value
}
