import { warmUp } from '../lib/warmUp.mjs'

const MEMBERS = 1_000
const WARM_UP_MESSAGES = 300
const MESSAGES = 10
const ROOM = 'public:lobby'
const data = { text: 'See you on Thursday at five, if that still suits you.', n: 7 }

/** A message to a room of 1,000; ours is stored before it is sent. */
export const fanOut = {
  name: 'fan-out to 1,000',
  unit: 'µs of the server’s processor for each delivery',
  target: 0.95,
  async prepare(subject) {
    const { server, load, url } = subject
    await load.ask('open', url, await server.ask('tokens', MEMBERS))
    await load.ask('join', url, ROOM)
    await publish(subject, warmUp(subject, WARM_UP_MESSAGES))
  },
  async measure(subject) {
    const { server } = subject
    const before = await server.ask('processorTime')
    await publish(subject, MESSAGES)
    return ((await server.ask('processorTime')) - before) / (MEMBERS * MESSAGES)
  },
  finish: ({ load, url }) => load.ask('close', url),
}

function publish({ server, load }, messages) {
  return Promise.all([
    server.ask('publish', ROOM, data, messages),
    load.ask('heard', MEMBERS * messages),
  ])
}
