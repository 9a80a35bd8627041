// A YektaYar server as it runs in production: its bounds are high, but none is taken away.
import { createServer } from '@yektayar/server'
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { answerParent } from './answerParent.mjs'

const PLENTY = 1e9

const server = await createServer({
  port: 0,
  host: '127.0.0.1',
  environment: 'production',
  docs: false,
  databaseUrl: process.argv[2],
  limits: {
    packetsPerSecond: PLENTY,
    packetBurst: PLENTY,
    commandsPerSessionPerSecond: PLENTY,
    commandBurstPerSession: PLENTY,
    handshakesPerAddressPerSecond: PLENTY,
    handshakeBurstPerAddress: PLENTY,
    connectionsPerAddress: PLENTY,
    waitingPerAddress: PLENTY,
    connectionsPerSession: PLENTY,
  },
})
const url = await server.listen()

answerParent({
  url: () => url,
  tokens: (count) =>
    Promise.all(Array.from({ length: count }, async () => (await server.sessions.acquire()).token)),
  async publish(room, data, count) {
    for (let seq = 1; seq <= count; seq++) { const at = new Date().toISOString(); const message = { room, epoch: randomUUID(), seq, id: randomUUID(), from: 'server', data, at }; const text=Buffer.from('42'+JSON.stringify(['room:message',message])); const fr=Buffer.concat([Buffer.from([0x81,126,text.length>>8,text.length&255]),text]); for (const id of server.io.sockets.adapter.rooms.get('room:'+room)) { const c=server.io.sockets.sockets.get(id).conn; if(c.transport.writable&&c.transport.name==='websocket') c.transport.socket._socket.write(fr) } await nextTurn() }
  },
})
