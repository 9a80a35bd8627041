import { warmUp } from '../lib/warmUp.mjs'

const CLIENTS = 50
const WARM_UP_MS = 5_000
const ROUND_MS = 200

/**
 * Echoes with acknowledgements, a number at a time from each of 50 clients.
 *
 * @param control what plain Socket.IO answers: `echo` for the same envelope as ours, `echo:bare`
 * for the payload alone
 */
export function echo(depth, target, control = 'echo') {
  const ask = ({ load, url, isOurs }, ms) =>
    load.ask('echo', url, depth, ms, isOurs ? 'echo' : control)
  return {
    name: `echo, ${depth} at once${control === 'echo' ? '' : ', beside the bare payload'}`,
    unit: 'µs of the server’s processor',
    target,
    async prepare(subject) {
      const { server, load, url } = subject
      await load.ask('open', url, await server.ask('tokens', CLIENTS))
      await ask(subject, warmUp(subject, WARM_UP_MS))
    },
    async measure(subject) {
      const { server } = subject
      const before = await server.ask('processorTime')
      const answers = await ask(subject, ROUND_MS)
      return ((await server.ask('processorTime')) - before) / answers
    },
    finish: ({ load, url }) => load.ask('close', url),
  }
}
