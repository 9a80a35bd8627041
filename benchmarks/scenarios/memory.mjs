const CONNECTIONS = 5_000

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
