const ROOM = 'public:lone'
const MESSAGE = { text: 'See you on Thursday at five, if that still suits you.', n: 7 }
const PER_SECOND = 100
const WARM_UP = 300
const MESSAGES = 100

/** One publish after the other: each has a transaction, and a flush to the disk, of its own. */
export const publish = {
  name: 'a lone publish',
  unit: 'µs of the server’s processor',
  target: 250,
  isAlone: true,
  prepare: ({ server }) => publishAlone(server, WARM_UP),
  async measure({ server }) {
    const before = await server.ask('processorTime')
    await server.ask('publish', ROOM, MESSAGE, MESSAGES)
    return ((await server.ask('processorTime')) - before) / MESSAGES
  },
}

/** How long it keeps the event loop from other work, at worst: nothing waits for the disk there. */
export const publishBlocks = {
  ...publish,
  rounds: 12,
  name: 'the event loop beside lone publishes, p99 of its delay',
  unit: 'ms',
  target: 2,
  async measure({ server }) {
    await server.ask('loopDelay')
    await publishAlone(server, MESSAGES)
    return (await server.ask('loopDelay')).p99
  },
}

function publishAlone(server, count) {
  return server.ask('publishAtRate', ROOM, MESSAGE, PER_SECOND, count)
}
