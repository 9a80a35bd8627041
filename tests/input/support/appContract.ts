import { AcquireSession, command, coreContract, extendContract, Pong } from '@yektayar/protocol'
import type { Schema } from '@yektayar/protocol'
import { CommandError } from '@yektayar/server'

/** A text that handlers and schemas throw, and that must never reach a client. */
export const SECRET = 'hunter2'

/** Mistakes in a hand-written schema. */
export const schemaFaults = {
  throws: () => {
    throw new Error(SECRET)
  },
  'throws a text': () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- an app may do this
    throw SECRET
  },
  rejects: () => Promise.reject(new Error(SECRET)),
  'rejects with nothing': () => rejected(undefined),
  'returns nothing': () => undefined,
  'returns null': () => null,
  'reports reasons that are no list': () => ({ issues: SECRET.length }),
  'reports reasons that cannot be read': () => ({ issues: [null, { message: 1n }] }),
  'reports a reason with a hostile path': () => ({
    issues: [{ message: 'no', path: [{ key: Object.create(null) as PropertyKey }] }],
  }),
} satisfies Record<string, () => unknown>

/** Mistakes in a handler, except that it never ends. */
export const handlerFaults = {
  'throws an error': () => {
    throw new Error(SECRET)
  },
  'throws a text': () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- an app may do this
    throw SECRET
  },
  'throws nothing': () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- an app may do this
    throw undefined
  },
  'throws null': () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- an app may do this
    throw null
  },
  'throws what looks like a typed error': () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- an app may do this
    throw { code: 'forbidden', message: SECRET, data: SECRET }
  },
  'throws what cannot be read': () => {
    throw Object.create(null)
  },
  rejects: () => Promise.reject(new Error(SECRET)),
  'rejects later': async () => {
    await Promise.resolve()
    throw new Error(SECRET)
  },
  'rejects with nothing': () => rejected(undefined),
  'returns a BigInt': () => 1n,
  'returns a BigInt further in': () => ({ a: [1n] }),
  'returns a circle': () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    return circle
  },
  'returns what throws when it is read': () => ({
    get trap() {
      throw new Error(SECRET)
    },
  }),
  'returns what throws when it is encoded': () => ({
    toJSON: () => {
      throw new Error(SECRET)
    },
  }),
  'returns what rejects when it is awaited': () => ({
    then: (_resolve: unknown, reject: (reason: unknown) => void) => {
      reject(new Error(SECRET))
    },
  }),
  'returns something too deep to encode': () =>
    JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)) as unknown,
  'refuses with details that cannot be encoded': () => {
    throw new CommandError('conflict', 'Not now', { data: { big: 1n } })
  },
  'refuses with details that are a circle': () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    throw new CommandError('conflict', 'Not now', { data: circle })
  },
} satisfies Record<string, () => unknown>

const anything: Schema = schemaOf((value) => ({ value }))

/** The core contract, with commands that make every mistake an app can make. */
export const appContract = extendContract(coreContract, {
  commands: {
    /** Makes the mistake that the input names. */
    'app:run': command({ input: anything, output: anything, reply: 'app:ran' }),
    /** The same, but Zod validates the result. */
    'app:shaped': command({ input: anything, output: Pong, reply: 'app:shape' }),
    /** Takes input that Zod validates. */
    'app:take': command({ input: AcquireSession, output: anything, reply: 'app:took' }),
    /** Its input schema makes the mistake that the input names. */
    'app:badInput': command({ input: schemaOf(misbehave), output: anything, reply: 'app:none' }),
    /** Its output schema makes the mistake that the result names. */
    'app:badOutput': command({ input: anything, output: schemaOf(misbehave) }),
  },
})

/** A hand-written Standard Schema. */
function schemaOf(check: (value: unknown) => unknown): Schema {
  const validate = check as Schema['~standard']['validate'] // mistyped on purpose
  return { '~standard': { version: 1, vendor: 'tests', validate } }
}

function misbehave(value: unknown): unknown {
  return (schemaFaults as Record<string, () => unknown>)[String(value)]?.()
}

function rejected(reason: unknown): Promise<never> {
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an app may do this
  return Promise.reject(reason)
}
