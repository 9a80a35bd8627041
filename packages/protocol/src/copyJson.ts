import type { Json } from './jsonValue.js'
import { reservedKeyOf } from './reservedKey.js'
import type { ValidationIssue } from './validationIssue.js'

/** A copy of a value as it travels, or what in it is not JSON. */
export type JsonCopy =
  | {
      readonly ok: true
      readonly value: Json
      /** How many members its objects have together. */
      readonly keys: number
      /** As many bytes as it has in UTF-8, or more: what it costs nothing to know. */
      readonly maxBytes: number
      /** Where it has a key that a server refuses as `refusalOfInput()` does; `undefined` for nowhere. */
      readonly reserved: string | undefined
    }
  | {
      readonly ok: false
      readonly issue: ValidationIssue
      /** What a getter, a proxy or a `toJSON()` threw, among others. */
      readonly cause: unknown
    }

/** Where a walk is. */
interface Walk {
  /** The objects around the value. */
  readonly parents: object[]
  /** The key of the value in each of them; what is past `parents.length` is left over. */
  readonly path: (string | number)[]
  readonly maxDepth: number
  keys: number
  maxBytes: number
  reserved: string | undefined
}

/** Deeper than any message, and less than exhausts a stack. */
const DEEPEST = 1_000

/** The most bytes of a character as JSON has it, as in `\u0007`. */
const CHARACTER_BYTES = 6

/** The most bytes of what is no text, with a comma: of a number. The brackets of an object are fewer. */
const OTHER_BYTES = 26

/** What to send in place of a kind of value, where there is an obvious choice. */
const instead: ReadonlyMap<string, string> = new Map([
  ['number', 'null'],
  ['undefined', 'null'],
  ['bigint', 'a string'],
  ['File', 'its URL'],
  ['Blob', 'its URL'],
  ['Map', 'an array'],
  ['Set', 'an array'],
])

/** Why a value is refused. */
class Unfit extends Error {}

/**
 * Copies a value as JSON has it, and counts its keys: each getter and each `toJSON()` is asked once,
 * members that are `undefined` are left out, and -0 is 0. Refuses what would arrive as something else,
 * or not at all, and what nests too deep.
 */
export function copyJson(input: unknown, maxDepth: number = DEEPEST): JsonCopy {
  const walk: Walk = { parents: [], path: [], maxDepth, keys: 0, maxBytes: 0, reserved: undefined }
  try {
    const value = copyPart(input, walk, '')
    const { keys, maxBytes, reserved } = walk
    return { ok: true, value, keys, maxBytes, reserved }
  } catch (cause) {
    const path = pathOf(walk)
    const message = cause instanceof Unfit ? cause.message : 'cannot be read'
    return { ok: false, issue: { path, message }, cause }
  }
}

function pathOf({ path, parents }: Walk): string {
  return path.slice(0, parents.length).join('.')
}

/** Copies what JSON does not leave out. */
function copyPart(input: unknown, walk: Walk, key: string | number): Json {
  const copied = copy(input, walk, key)
  if (copied === undefined) throw unfit(copied)
  return copied
}

/** `undefined` for what is left out. */
function copy(input: unknown, walk: Walk, key: string | number): Json | undefined {
  const value = isSimple(input) ? input : afterToJson(input, key)
  walk.maxBytes += OTHER_BYTES
  switch (typeof value) {
    case 'string':
      walk.maxBytes += CHARACTER_BYTES * value.length
      return value
    case 'boolean':
    case 'undefined':
      return value
    case 'number':
      if (Number.isFinite(value)) return value + 0 // of -0 makes 0
      break
    case 'object':
      return value && copyObject(value, walk)
  }
  throw unfit(value)
}

/** Whether JSON takes a value as it is, whatever its prototype has. */
function isSimple(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

/** What JSON takes in place of a value. A Buffer's `toJSON()` is of no use. */
function afterToJson(value: unknown, key: string | number): unknown {
  const { toJSON } = (value ?? {}) as { toJSON?: unknown } // looked at before use
  const isUsed = typeof toJSON === 'function' && !ArrayBuffer.isView(value)
  return isUsed ? (toJSON.call(value, String(key)) as unknown) : value
}

function copyObject(value: object, walk: Walk): Json {
  const { parents, maxDepth } = walk
  if (parents.includes(value)) throw new Unfit('is a cycle: send an id')
  if (parents.length === maxDepth) {
    parents.length = 0 // of no use as a path
    throw new Unfit(`nests more than ${maxDepth} deep`)
  }
  const isList = Array.isArray(value)
  if (!isList && !isPlain(value)) throw unfit(value)
  const keys = Object.keys(value)
  if (isList && keys.length !== value.length) throw new Unfit('has holes or named members')
  if (!isList && hasSymbol(value)) throw new Unfit('has a symbol as a key')
  parents.push(value)
  const copied = isList ? copyList(value, walk) : copyMembers(value, keys, walk)
  parents.pop()
  return copied
}

function copyList(list: readonly unknown[], walk: Walk): Json {
  const at = walk.parents.length - 1
  const copied: Json[] = []
  for (let index = 0; index < list.length; index++) {
    walk.path[at] = index
    copied.push(copyPart(list[index], walk, index))
  }
  return copied
}

function copyMembers(value: object, keys: readonly string[], walk: Walk): Json {
  const at = walk.parents.length - 1
  const copied: Record<string, Json> = {}
  for (const key of keys) {
    walk.path[at] = key
    const member = copy((value as Record<string, unknown>)[key], walk, key) // its own key
    if (member === undefined) continue
    walk.keys++
    walk.maxBytes += CHARACTER_BYTES * key.length + 3
    if (key === '__proto__') Object.defineProperty(copied, key, { value: member, enumerable: true })
    else copied[key] = member
  }
  const reserved = reservedKeyOf(copied)
  if (reserved !== undefined) {
    walk.path[at] = reserved
    walk.reserved ??= pathOf(walk)
  }
  return copied
}

/** Also where the object is of another realm, such as a frame's. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  return !prototype || !Object.getPrototypeOf(prototype)
}

function hasSymbol(value: object): boolean {
  const symbols = Object.getOwnPropertySymbols(value)
  if (symbols.length === 0) return false
  return symbols.some((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol))
}

/** Says what a value is, and what to send in its place. */
function unfit(value: unknown): Unfit {
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1)
  const isObject = typeof value === 'object' && value !== null
  const kind = isObject ? constructorName(value) || tag : typeof value
  const isBinary = ArrayBuffer.isView(value) || tag.endsWith('Buffer')
  const hint = isBinary ? 'base64' : (instead.get(isObject ? tag : kind) ?? 'plain JSON')
  const article = /^[AEIO]/.test(kind) ? 'an' : 'a'
  const what = hint === 'null' ? String(value) : `${article} ${kind}`
  return new Unfit(`is ${what}: send ${hint}`)
}

/** Empty for a nameless class, and where an object hides its constructor. */
function constructorName(value: object): string {
  const { constructor } = value as { constructor?: unknown } // an object may have put anything there
  return typeof constructor === 'function' ? constructor.name : ''
}
