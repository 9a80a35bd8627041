import type { Json } from '@yektayar/protocol'
import type { SeededRandom } from '../../src/seededRandom.js'

/** The rooms of a run: open to all, owned by a user, read-only, and forbidden. */
export const rooms = ['public:a', 'public:b', 'user:user-sara', 'read only', 'secret'] as const

/** One step of a sequence. It is plain JSON, so a failing sequence can be printed and run again. */
export type Operation =
  | { readonly do: 'call'; readonly name: string; readonly payloads: readonly Json[] }
  | { readonly do: 'emit'; readonly name: string; readonly payloads: readonly Json[] }
  | { readonly do: 'note'; readonly name: 'note:add' | 'note:save'; readonly text: Json }
  | { readonly do: 'message'; readonly data: Json }
  | { readonly do: 'deliver'; readonly delivery: Json }
  | { readonly do: 'join' | 'leave' | 'loadOlder'; readonly room: string }
  | { readonly do: 'send' | 'publish'; readonly room: string; readonly data: Json }
  | { readonly do: 'history'; readonly room: string; readonly range: Record<string, Json> }
  | { readonly do: 'rejoin'; readonly room: string; readonly seq: number; readonly id: Json }
  | { readonly do: 'truncate'; readonly room: string; readonly kept: number }
  | { readonly do: 'signIn'; readonly username: Json; readonly password: string }
  | { readonly do: 'changeUser'; readonly userId: string | null }
  | { readonly do: 'endSession'; readonly code: 'ended' | 'expired' }
  | { readonly do: 'arrive' | 'typing'; readonly room: string }
  | {
      readonly do:
        | 'signOut'
        | 'renew'
        | 'list'
        | 'drop'
        | 'restore'
        | 'replaceStore'
        | 'depart'
        | 'retry'
        | 'cancel'
        | 'reconnect'
        | 'disconnectByServer'
    }

type Draw = (random: SeededRandom) => Operation

const odd: readonly Json[] = [
  null,
  '',
  5,
  [],
  {},
  { room: '' },
  { room: 'public:a' },
  { room: 'secret' },
  { room: 'r'.repeat(129) },
  { room: 'public:a', isTyping: true },
  { room: 'public:a', isTyping: 'yes' },
  { room: 'public:a', data: 'odd' },
  { room: 'public:a', before: 2, after: 1 },
  { room: 'public:a', limit: 0 },
  { room: 'public:a', limit: 501 },
  { room: 'public:a', after: 'x' },
  { room: 'public:a', after: { epoch: 'x', seq: 1 } },
  { room: 'public:a', after: { epoch: 'x', seq: -1 } },
  JSON.parse('{"__proto__":{"x":1}}') as Json,
  { constructor: { prototype: 1 } },
  { text: 'plain' },
  { text: '' },
]

const commands = [
  ...['ping', 'status', 'info', 'echo', 'message', 'note:add', 'note:save', 'nothing'],
  ...['outbox:deliver', 'room:join', 'room:leave', 'room:send', 'room:history', 'room:typing'],
  ...['n'.repeat(70), 'toString', 'disconnecting'],
]

/** Commands that always answer a caller without an acknowledgement, whatever the input. */
const answering = ['ping', 'status', 'info', 'echo', 'message', 'nothing', 'n'.repeat(70)]

const texts: readonly Json[] = ['plain', 'plain', '', 'taken', 'broken', 'lie', 'later', 7]

const draws: readonly { readonly weight: number; readonly draw: Draw }[] = [
  { weight: 6, draw: (r) => ({ do: 'call', name: pick(r, commands), payloads: payloadsOf(r) }) },
  { weight: 3, draw: (r) => ({ do: 'emit', name: pick(r, answering), payloads: payloadsOf(r) }) },
  {
    weight: 4,
    draw: (r) => ({ do: 'note', name: pick(r, ['note:add', 'note:save']), text: pick(r, texts) }),
  },
  { weight: 1, draw: (r) => ({ do: 'message', data: pick(r, odd.slice(0, 6)) }) },
  { weight: 6, draw: (r) => ({ do: 'deliver', delivery: deliveryOf(r) }) },
  { weight: 6, draw: (r) => ({ do: 'join', room: pick(r, rooms) }) },
  { weight: 2, draw: (r) => ({ do: 'leave', room: pick(r, rooms) }) },
  { weight: 1, draw: (r) => ({ do: 'loadOlder', room: pick(r, rooms) }) },
  { weight: 6, draw: (r) => ({ do: 'send', room: pick(r, rooms), data: r.between(1, 99) }) },
  {
    weight: 5,
    draw: (r) => ({ do: 'publish', room: pick(r, [...rooms, '']), data: r.between(1, 99) }),
  },
  { weight: 3, draw: (r) => ({ do: 'history', room: pick(r, rooms), range: rangeOf(r) }) },
  {
    weight: 3,
    draw: (r) => ({
      ...{ do: 'rejoin', room: pick(r, rooms) },
      ...{ seq: r.between(0, 9), id: pick(r, ['own', 'other', null]) },
    }),
  },
  { weight: 2, draw: (r) => ({ do: 'truncate', room: pick(r, rooms), kept: r.between(0, 3) }) },
  {
    weight: 3,
    draw: (r) => ({
      ...{ do: 'signIn', username: pick(r, ['sara', 'omid', 'odd', 5]) },
      password: pick(r, ['right', 'right', 'right', 'wrong']),
    }),
  },
  { weight: 2, draw: () => ({ do: 'signOut' }) },
  { weight: 1, draw: () => ({ do: 'renew' }) },
  { weight: 1, draw: () => ({ do: 'list' }) },
  { weight: 1, draw: (r) => ({ do: 'changeUser', userId: pick(r, ['user-sara', null]) }) },
  { weight: 1, draw: (r) => ({ do: 'endSession', code: pick(r, ['ended', 'expired']) }) },
  { weight: 4, draw: () => ({ do: 'drop' }) },
  { weight: 4, draw: () => ({ do: 'restore' }) },
  { weight: 1, draw: () => ({ do: 'replaceStore' }) },
  { weight: 1, draw: (r) => ({ do: 'arrive', room: pick(r, ['public:a', 'public:b']) }) },
  { weight: 1, draw: () => ({ do: 'depart' }) },
  { weight: 1, draw: (r) => ({ do: 'typing', room: pick(r, rooms) }) },
  { weight: 1, draw: () => ({ do: 'retry' }) },
  { weight: 1, draw: () => ({ do: 'cancel' }) },
  { weight: 1, draw: () => ({ do: 'reconnect' }) },
  { weight: 1, draw: () => ({ do: 'disconnectByServer' }) },
]

/** Draws a random sequence of operations. */
export function drawSequence(random: SeededRandom, length: number): Operation[] {
  const bag = draws.flatMap(({ weight, draw }) => Array.from({ length: weight }, () => draw))
  return Array.from({ length }, () => pick(random, bag)(random))
}

function pick<Value>(random: SeededRandom, values: readonly Value[]): Value {
  return values[random.between(0, values.length - 1)] as Value // no list is empty
}

function payloadsOf(random: SeededRandom): Json[] {
  const count = pick(random, [0, 1, 1, 1, 1, 2])
  return Array.from({ length: count }, () => pick(random, odd))
}

function rangeOf(random: SeededRandom): Record<string, Json> {
  const limit = random.between(1, 4)
  const seq = random.between(0, 9)
  const epoch = { epoch: 'another' }
  return pick(random, [{}, { limit }, { before: seq, limit }, { after: seq }, { ...epoch, limit }])
}

/** A delivery whose item numbers are mostly consecutive, as in an outbox of a few items. */
function deliveryOf(random: SeededRandom): Json {
  const first = random.between(1, 5)
  const step = pick(random, [1, 1, 1, 1, 1, 1, 0, 2, -1])
  const items = Array.from({ length: random.between(1, 3) }, (_, index): Json => {
    const n = first + index * step
    const kind = random.between(1, 9)
    if (kind === 1) return { n, skip: true }
    const key = pick(random, ['a', 'a', 'a', 'b'])
    if (kind === 2) return { n, name: pick(random, ['note:add', 'nothing', 'ping']), key }
    if (kind === 3) return { n, name: 'room:send', input: { room: 'public:a', data: n }, key }
    return { n, name: 'note:save', input: { text: pick(random, texts) }, key }
  })
  const previous = pick(random, [null, null, null, 'a', 'b', ''])
  const outbox = pick(random, ['x', 'x', 'y']).repeat(16)
  return { outbox, items, ...(previous !== null && { previous }) }
}
