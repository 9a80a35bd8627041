import { once } from 'node:events'
import { YektaYarSocket } from '@yektayar/client'
import { io } from 'socket.io-client'

const SENTENCE = { text: 'See you on Thursday at five, if that still suits you.', n: 7 }

/** Our client and that of Socket.IO, both connected to the same server. */
let clients

/** Questions about what a call costs the process that makes it. */
export const clientCalls = {
  async openClients(url, [token, otherToken]) {
    const client = new YektaYarSocket({ url, token })
    const socket = io(url, { auth: { token: otherToken }, transports: ['websocket'] })
    await Promise.all([client.connect(), once(socket, 'connected')])
    clients = {
      ours: { call: () => client.call('echo', SENTENCE), close: () => client.disconnect() },
      plain: { call: () => socket.emitWithAck('echo', SENTENCE), close: () => socket.disconnect() },
    }
  },

  /** Makes calls, a number of them at once; returns the microseconds of CPU time of each. */
  async clientCalls(kind, depth, count) {
    const { call } = clients[kind]
    const before = process.cpuUsage()
    for (let sent = 0; sent < count; sent += depth)
      await Promise.all(Array.from({ length: depth }, call))
    const { user, system } = process.cpuUsage(before)
    return (user + system) / count
  },

  async closeClients() {
    for (const { close } of Object.values(clients)) await close()
  },
}
