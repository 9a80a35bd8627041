import { command, coreContract, extendContract, json } from '@yektayar/protocol'
import type { AppCommandHandlers } from '../src/index.js'

interface Note {
  readonly text: string
  readonly tags?: string[]
}
declare const note: Note
declare const notes: readonly Note[]

const commands = {
  'note:show': command({ input: json, output: json }),
  'note:save': command({ input: json, output: json, delivery: 'once' }),
}
export const contract = extendContract(coreContract, { commands })
type Handlers = AppCommandHandlers<typeof contract>
type Show = Handlers['note:show']

// An interface is a result wherever any JSON is, at once or by a promise.
export const handlers: Handlers = {
  'note:show': () => note,
  'note:save': () => Promise.resolve(notes),
}
export const fits: Show[] = [
  async () => Promise.resolve({ note, notes, at: new Date() }),
  () => [note, 'a', 1, true, null],
  () => 'text',
  () => null,
]

// @ts-expect-error -- a Map
export const map: Show = () => new Map<string, string>()
// @ts-expect-error -- a Set, by a promise
export const set: Show = () => Promise.resolve(new Set<string>())
// @ts-expect-error -- a function
export const callback: Show = () => () => 1
// @ts-expect-error -- binary data
export const bytes: Show = () => new Uint8Array(1)
// @ts-expect-error -- a file
export const file: Show = () => new File([], 'a')
// @ts-expect-error -- a regular expression
export const pattern: Show = () => /a/
// @ts-expect-error -- an error
export const error: Show = () => new TypeError('x')
// @ts-expect-error -- a bigint
export const bigint: Show = () => 1n
// @ts-expect-error -- a list of Maps
export const maps: Show = () => [new Map<string, string>()]
