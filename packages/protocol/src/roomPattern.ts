import { MAX_ROOM_NAME_LENGTH } from './constants.js'
import { ContractError } from './contractError.js'
import { isStorableText } from './roomName.js'

/** A pattern of room names, taken apart. */
export interface RoomPatternParts {
  readonly pattern: string
  /** The fixed texts before, between and after the params: one more than there are params. */
  readonly texts: readonly [string, ...string[]]
  readonly params: readonly string[]
}

const PARAM = /\{([^{}]*)\}/u
const PARAM_NAME = /^[A-Za-z]\w*$/u

/**
 * Takes a pattern apart.
 *
 * @throws {ContractError} `invalid_contract` for an empty or overlong pattern, and for params that
 * are nameless, duplicate or adjacent
 */
export function parsePattern(pattern: string): RoomPatternParts {
  if (pattern === '' || pattern.length > MAX_ROOM_NAME_LENGTH) {
    const allowed = `use 1 to ${String(MAX_ROOM_NAME_LENGTH)} characters`
    throw new ContractError(`"${pattern}" is not a pattern of rooms: ${allowed}`)
  }
  const parts = pattern.split(PARAM)
  const texts = parts.filter((_part, index) => index % 2 === 0)
  const params = parts.filter((_part, index) => index % 2 === 1)
  const problem = problemOf(texts, params)
  if (problem !== undefined) {
    throw new ContractError(`"${pattern}" is not a pattern of rooms: ${problem}`)
  }
  const [first = '', ...others] = texts
  return { pattern, texts: [first, ...others], params }
}

function problemOf(texts: readonly string[], params: readonly string[]): string | undefined {
  if (texts.some((text) => /[{}]/u.test(text))) return 'a brace is not closed or not opened'
  if (!texts.every(isStorableText)) return 'it has a NUL or a lone surrogate'
  const wrong = params.find((param) => !PARAM_NAME.test(param))
  if (wrong !== undefined) {
    return `"{${wrong}}" is not a param: use a letter, then letters, digits and _`
  }
  if (new Set(params).size < params.length) return 'two params have the same name'
  if (texts.slice(1, -1).includes('')) return 'nothing stands between two params'
}

/**
 * The params of a name that fits the pattern, or `undefined`. Each text is looked for once, so the
 * time is linear; the first params are as short as they can be.
 *
 * @param minLength of each param
 */
export function readParams(
  { texts, params }: RoomPatternParts,
  name: string,
  minLength: 0 | 1,
): Record<string, string> | undefined {
  const [head, ...rest] = texts
  const tail = rest.pop()
  if (tail === undefined) return name === head ? {} : undefined
  const end = name.length - tail.length
  if (end < head.length || !name.startsWith(head) || !name.endsWith(tail)) return undefined
  const values: string[] = []
  let start = head.length
  for (const text of rest) {
    const at = name.indexOf(text, start + minLength)
    if (at < 0 || at + text.length > end) return undefined
    values.push(name.slice(start, at))
    start = at + text.length
  }
  if (end - start < minLength) return undefined
  values.push(name.slice(start, end))
  return Object.fromEntries(params.map((param, index) => [param, values[index] ?? '']))
}

/** Whether every name of `inner` is one of `outer`, too. */
export function contains(outer: RoomPatternParts, inner: RoomPatternParts): boolean {
  return readParams(outer, inner.texts.join('\0'), 0) !== undefined // NUL is in no pattern
}

/** Whether there is a name of both. */
export function overlap(one: RoomPatternParts, other: RoomPatternParts): boolean {
  if (one.params.length === 0) return contains(other, one)
  if (other.params.length === 0) return contains(one, other)
  // Between its head and its tail, the params of each pattern take whatever the other one asks for.
  const [head] = one.texts
  const [otherHead] = other.texts
  const tail = one.texts.at(-1) ?? ''
  const otherTail = other.texts.at(-1) ?? ''
  return (
    (head.startsWith(otherHead) || otherHead.startsWith(head)) &&
    (tail.endsWith(otherTail) || otherTail.endsWith(tail))
  )
}
