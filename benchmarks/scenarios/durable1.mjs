const CLIENTS = 50
const WARM_UP_MS = 5_000
const ROUND_MS = 400
const ROOM = 'public:durable'

/** A durable message alone in its packet, in all threads of the server. */
export const durable1 = {
  name: 'durable message, 1 in a packet',
  unit: 'µs of the server’s processor',
  target: 55,
  isAlone: true,
  prepare,
  measure: costOfOne,
  finish,
}

/** The same beside a plain echo: what it costs to store, order and acknowledge. */
export const durable1BesideEcho = {
  ...durable1,
  name: 'durable message, 1 in a packet, beside an echo',
  target: 2,
  isAlone: false,
}

async function prepare(subject) {
  const { server, load, url } = subject
  await load.ask('open', url, await server.ask('tokens', CLIENTS))
  await send(subject, WARM_UP_MS)
}

async function costOfOne(subject) {
  const { server } = subject
  const before = await server.ask('processorTime')
  const answers = await send(subject, ROUND_MS)
  return ((await server.ask('processorTime')) - before) / answers
}

function send({ load, url, isOurs = true }, ms) {
  return isOurs ? load.ask('deliver', url, ROOM, 1, ms) : load.ask('echo', url, 1, ms)
}

function finish({ load, url }) {
  return load.ask('close', url)
}
