const CONNECTIONS = 5_000
const MIB = 1024 * 1024

/** The memory of an idle connection; each time on a new server, because memory is not released. */
export const memory = {
  name: 'idle connection',
  unit: 'bytes of memory',
  target: 1,
  rounds: 3,
  isFresh: true,
  async prepare({ server, load, url }) {
    await load.ask('connects', url, await server.ask('tokens', 200), 500)
  },
  async measure({ server, load, url }) {
    const tokens = await server.ask('tokens', CONNECTIONS)
    const before = await server.ask('memory')
    await load.ask('open', url, tokens)
    const bytes = ((await server.ask('memory')) - before) / CONNECTIONS
    await load.ask('close', url)
    return bytes
  },
}

/** The memory of the whole server with these connections: what is in its heap, and beside it. */
export const heapWithIdle = {
  name: 'heap and external with 5,000 idle connections',
  unit: 'MiB',
  target: 1.05,
  rounds: 3,
  isFresh: true,
  prepare: openIdle,
  measure: async ({ server }) => (await server.ask('memoryParts')).heap / MIB,
  finish: ({ load, url }) => load.ask('close', url),
}

/** All that the process has, with the code of its libraries and the thread of the store. */
export const processWithIdle = {
  ...heapWithIdle,
  name: 'the whole process with 5,000 idle connections',
  target: 1.25,
  measure: async ({ server }) => (await server.ask('memoryParts')).rss / MIB,
}

async function openIdle({ server, load, url }) {
  await load.ask('open', url, await server.ask('tokens', CONNECTIONS))
}
