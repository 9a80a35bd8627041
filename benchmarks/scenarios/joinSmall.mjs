import { setTimeout as sleep } from 'node:timers/promises'

const CLIENTS = 200
const ROOMS = 5
const MEMBERS = 4
const WARM_UPS = 8
/** By then, members were told of and recorded; that counts as well. */
const SETTLED_MS = 400

/**
 * Joins of small rooms, of several at a time from each of 200 clients. The server tells members of each other.
 *
 * @param control the command of plain Socket.IO: `room:enter` answers the members and tells them, and
 * reads the newest messages; `room:join` does nothing of the kind
 * @param messages how many each room has
 */
export function joinSmall({ messages = 0, target, control = 'room:enter' } = {}) {
  const what = messages === 0 ? '' : ` with ${String(messages)} messages`
  return {
    name: `join a room of 4${what}${control === 'room:join' ? ', beside a bare join' : ''}`,
    unit: 'µs of the server’s processor',
    target,
    rounds: 16,
    async prepare(subject) {
      const { server, load, url, memo } = subject
      memo.round = 0
      if (messages > 0) await server.ask('fill', roomsOf('full'), messages)
      await load.ask('open', url, await server.ask('tokens', CLIENTS))
      for (let round = 0; round < WARM_UPS; round++) await joinAndLeave(subject)
    },
    measure: joinAndLeave,
    finish: ({ load, url }) => load.ask('close', url),
  }

  async function joinAndLeave({ server, load, url, isOurs, memo }) {
    const prefix = messages > 0 ? 'full' : `small${String(++memo.round)}` // always new rooms
    const command = isOurs ? 'room:join' : control
    const before = await server.ask('processorTime')
    await load.ask('eachRoom', url, command, prefix, MEMBERS, ROOMS)
    await sleep(SETTLED_MS)
    const spent = (await server.ask('processorTime')) - before
    await load.ask('eachRoom', url, 'room:leave', prefix, MEMBERS, ROOMS)
    await sleep(SETTLED_MS)
    return spent / (CLIENTS * ROOMS)
  }
}

function roomsOf(prefix) {
  const groups = Array.from({ length: CLIENTS / MEMBERS }, (_, group) => group)
  return groups.flatMap((group) =>
    Array.from({ length: ROOMS }, (_, room) => `public:${prefix}-${String(group)}-${String(room)}`),
  )
}
