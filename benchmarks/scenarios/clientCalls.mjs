const WARM_UP_CALLS = 8_000
/** Of each client in a round. */
const CALLS = 400

/**
 * Calls of our client, a number of them at once, beside `emitWithAck` of `socket.io-client`, which is
 * the control: both in one process and with one server, so that only the client differs.
 */
export function clientCalls(depth, target) {
  return {
    name: `client’s call, ${depth} at once`,
    unit: '× CPU time of socket.io-client',
    target,
    isAlone: true,
    async prepare({ server, load, url, memo }) {
      memo.round = 0
      await load.ask('openClients', url, await server.ask('tokens', 2))
      for (const kind of ['plain', 'ours'])
        await load.ask('clientCalls', kind, depth, WARM_UP_CALLS)
    },
    async measure({ load, memo }) {
      const kinds = memo.round++ % 2 === 0 ? ['plain', 'ours'] : ['ours', 'plain'] // takes turns
      const costs = {}
      for (const kind of kinds) costs[kind] = await load.ask('clientCalls', kind, depth, CALLS)
      return costs.ours / costs.plain
    },
    finish: ({ load }) => load.ask('closeClients'),
  }
}
