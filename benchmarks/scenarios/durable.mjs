const CLIENTS = 50
const ITEMS = 20
const ROUND_MS = 2_000
const ROOM = 'public:durable'

/** A message that is stored, ordered and acknowledged, 20 in a packet, beside an echo that is nothing of it. */
export const durable = {
  name: 'durable message, 20 in a packet, beside an echo',
  unit: 'µs of the server’s processor',
  target: 0.6,
  async prepare(subject) {
    const { server, load, url } = subject
    await load.ask('open', url, await server.ask('tokens', CLIENTS))
    await this.measure(subject)
  },
  async measure({ server, load, url, isOurs }) {
    const before = await server.ask('processorTime')
    const answers = isOurs
      ? await load.ask('deliver', url, ROOM, ITEMS, ROUND_MS)
      : await load.ask('echo', url, 1, ROUND_MS)
    return ((await server.ask('processorTime')) - before) / answers
  },
  finish: ({ load, url }) => load.ask('close', url),
}
