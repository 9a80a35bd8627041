import { coreContract } from '@yektayar/protocol'
import fc from 'fast-check'
import { nestedArrays } from './payloads.js'

/** One action of an attacker. */
export type Action =
  | { readonly kind: 'call' | 'send'; readonly name: string; readonly args: readonly unknown[] }
  | { readonly kind: 'raw'; readonly frames: readonly (string | Uint8Array)[] }
  | { readonly kind: 'rest'; readonly method: string; readonly path: string; readonly body: string }

/** A long text that stays short in failure reports. */
class Huge {
  readonly length: number

  constructor(length: number) {
    this.length = length
  }

  toJSON(): string {
    return 'x'.repeat(this.length)
  }
}

const commandNames = Object.keys(coreContract.commands)
const oddNames = ['', 'error', '__proto__', 'constructor', 'pong', 'command:failed', '\u0000']
const reservedNames = ['connect', 'disconnect', 'disconnecting', 'newListener', 'connect_error']
const pollutingKeys = ['__proto__', 'constructor', 'prototype', '_placeholder', 'num', 'toJSON']

const anyText = fc.string({ unit: 'binary', maxLength: 200 })

const anyValue = fc.oneof(
  { weight: 4, arbitrary: fc.jsonValue({ stringUnit: 'binary' }) },
  fc.uint8Array({ maxLength: 50 }).map((bytes): unknown => Buffer.from(bytes)),
  fc
    .array(fc.tuple(fc.constantFrom(...pollutingKeys), fc.jsonValue()), { maxLength: 4 })
    .map((entries) => objectOf(entries)),
  fc.integer({ min: 1, max: 1_000 }).map(nestedArrays),
  fc.nat({ max: 80_000 }).map((length) => new Huge(length)),
  fc.constantFrom<unknown>(undefined, Number.NaN, -0, new Date(0)),
)

const anyArguments = fc.array(anyValue, { maxLength: 3 })

const anyName = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...commandNames) },
  fc.constantFrom(...oddNames),
  anyText.filter((name) => !reservedNames.includes(name) && name !== 'removeListener'),
)

const packets = [
  ...[...commandNames, ...oddNames, ...reservedNames].flatMap((name) => [
    `42${JSON.stringify([name])}`,
    `427${JSON.stringify([name, { a: [1] }])}`,
    `451-8${JSON.stringify([name, { _placeholder: true, num: 0 }])}`,
  ]),
  ...['40', '40{}', '40/admin,', '41', '43', '430[1]', '44{}', '461-[]', '42', '421', '4'],
  ...['0', '1', '2', '2probe', '3', '3probe', '5', '6', '7', '', 'b', '42[]', '42[1]'],
]

const anyFrame = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...packets) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...packets), fc.nat(), fc.nat({ max: 3 }), anyText)
      .map(([packet, at, removed, inserted]) => mutate(packet, at, removed, inserted)),
  },
  anyText.map((text) => `4${text}`),
  fc.uint8Array({ maxLength: 50 }),
)

const anyRequest = fc.record({
  kind: fc.constant('rest' as const),
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
  path: fc.constantFrom('/api/session/acquire', '/api/session', '/health', '/api', '/', '/nothing'),
  body: fc.oneof(
    fc.json(),
    anyText,
    fc.jsonValue().map((value) => JSON.stringify({ metadata: value })),
    fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify({ metadata: value })),
  ),
})

/** Any action of an attacker. */
export const anyAction: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('call' as const), name: anyName, args: anyArguments }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('send' as const), name: anyName, args: anyArguments }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('raw' as const),
      frames: fc.array(anyFrame, { minLength: 1, maxLength: 6 }),
    }),
  },
  anyRequest,
)

function mutate(packet: string, at: number, removed: number, inserted: string): string {
  const index = at % (packet.length + 1)
  return packet.slice(0, index) + inserted + packet.slice(index + removed)
}

/** Builds the object by parsing JSON; only so can it have an own key such as `__proto__`. */
function objectOf(entries: readonly (readonly [string, unknown])[]): unknown {
  const members = entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
  return JSON.parse(`{${members.join(',')}}`)
}
