import { warmUp } from '../lib/warmUp.mjs'

const CLIENTS = 50
const ITEMS = 20
const WARM_UP_MS = 5_000
const ROUND_MS = 200
const ROOM = 'public:durable'

/** Stored, ordered and acknowledged messages, 20 in a packet, compared with a plain echo. */
export const durable = {
  name: 'durable message, 20 in a packet, beside an echo',
  unit: 'µs of the server’s processor',
  target: 0.6,
  async prepare(subject) {
    const { server, load, url } = subject
    await load.ask('open', url, await server.ask('tokens', CLIENTS))
    await send(subject, warmUp(subject, WARM_UP_MS))
  },
  async measure(subject) {
    const { server } = subject
    const before = await server.ask('processorTime')
    const answers = await send(subject, ROUND_MS)
    return ((await server.ask('processorTime')) - before) / answers
  },
  finish: ({ load, url }) => load.ask('close', url),
}

function send({ load, url, isOurs }, ms) {
  return isOurs ? load.ask('deliver', url, ROOM, ITEMS, ms) : load.ask('echo', url, 1, ms)
}
