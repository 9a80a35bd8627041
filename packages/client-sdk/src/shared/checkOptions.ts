import { invalidOption } from './invalidOption.js'
import { propertiesOf } from './propertiesOf.js'
import { YektaYarError } from './yektaYarError.js'

/** @throws {YektaYarError} `invalid_options` */
export function requireObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || !value) throw invalidOption(name, 'an object', typeof value)
}

/**
 * Refuses options that nothing reads, unless they are undefined.
 *
 * @param known an object with the names of all options
 * @throws {YektaYarError} `invalid_options`
 */
export function refuseUnknown(options: object, known: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(known, name)) continue
    const message = `There is no option "${name}". Known: ${Object.keys(known).join(', ')}`
    throw new YektaYarError('invalid_options', message)
  }
}

/** @throws {YektaYarError} `invalid_options` for an object without one of the methods */
export function checkMethods(
  name: string,
  value: object,
  methods: readonly string[],
  allowed: string,
): void {
  const lacks = methods.find((method) => typeof propertiesOf(value)[method] !== 'function')
  if (lacks) throw invalidOption(name, allowed, `one without ${lacks}()`)
}

/** A transport may be a class, as for Socket.IO; the fake has its own. */
export function isTransports(value: unknown): boolean {
  const isKnown = (one: unknown): boolean =>
    one === 'websocket' || one === 'polling' || typeof one === 'function'
  return Array.isArray(value) && value.length > 0 && value.every(isKnown)
}

/**
 * Takes the slash off the end of a path.
 *
 * @throws {YektaYarError} `invalid_options`
 */
export function checkPath(name: string, path: unknown): string {
  const text = String(path)
  if (!/^(\/[\w.~-]+)*\/?$/.test(text)) throw invalidOption(name, 'a path like /v1', text)
  return text.replace(/\/$/, '')
}

/**
 * Checks a token from the app.
 *
 * @throws {YektaYarError} `invalid_options`
 */
export function parseToken(value: unknown): string {
  if (typeof value !== 'string' || !value) {
    throw invalidOption('token', 'a non-empty string', typeof value)
  }
  if (/^\w+:\/\//.test(value)) {
    throw invalidOption('token', 'a session token; for an address, pass { url }', 'an address')
  }
  return value
}

/**
 * Refuses negative values and values that are not numbers.
 *
 * @throws {YektaYarError} `invalid_options`
 */
export function checkMilliseconds(times: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(times)) {
    if (value !== undefined && !(typeof value === 'number' && value >= 0)) {
      throw invalidOption(name, '0 or more', String(value))
    }
  }
}
