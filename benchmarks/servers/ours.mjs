// A YektaYar server as in production: its limits are high, but none is removed.
import { createServer } from '@yektayar/server'
import { answerParent } from './answerParent.mjs'

const PLENTY = 1e9

const server = await createServer({
  port: 0,
  host: '127.0.0.1',
  environment: 'production',
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
    for (let sent = 0; sent < count; sent++) await server.publish(room, data)
  },
})
