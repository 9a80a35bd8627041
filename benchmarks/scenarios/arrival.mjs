import { askProcess } from '../lib/askProcess.mjs'

const CLIENTS_ON = 1
const ROOM = 'public:long'
const STORED = 10_000
const WARM_UP = 3_000
const MESSAGES = 500

/** A message of another on its arrival, with so many loaded before it. */
export const arrivalLoaded = arrival(
  'a message on arrival, by messages loaded',
  [100, 1_000, 9_900],
)

/** The same with so many own messages that wait in the outbox. */
export const arrivalUnsent = arrival('a message on arrival, by own unsent', [1, 100, 1_000], true)

function arrival(name, sizes, isUnsent = false) {
  return {
    name,
    unit: 'µs of the client’s processor',
    target: 20,
    isAlone: true,
    rounds: 12,
    sizes,
    maxExponent: 0.15,
    async prepare({ server, memo }) {
      await server.ask('publish', ROOM, { text: 'See you on Thursday.' }, STORED)
      memo.readers = new Map()
    },
    async measure(subject, size) {
      const { memo } = subject
      if (!memo.readers.has(size)) memo.readers.set(size, await openReader(subject, size, isUnsent))
      return memo.readers.get(size).ask('arrive', MESSAGES)
    },
    async finish({ memo }) {
      for (const reader of memo.readers.values()) await reader.close()
    },
  }
}

async function openReader({ server, url }, size, isUnsent) {
  const reader = await askProcess('../load/roomReader.mjs', { processor: CLIENTS_ON })
  const [token] = await server.ask('tokens', 1)
  await reader.ask('open', url, token, ROOM, isUnsent ? 0 : size)
  if (isUnsent) await reader.ask('holdUnsent', size)
  await reader.ask('arrive', WARM_UP)
  return reader
}
