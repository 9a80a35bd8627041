// A YektaYar server as in production: its limits are high, but none is removed.
import { subscribe } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer } from '@yektayar/server'
import Sqlite from 'libsql'
import { answerParent } from './answerParent.mjs'

const PLENTY = 1e9

let commits

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
    roomRetentionMessages: PLENTY,
  },
})
const url = await server.listen()

answerParent({
  url: () => url,
  databaseUrl: () => process.argv[2],
  tokens: (count) =>
    Promise.all(Array.from({ length: count }, async () => (await server.sessions.acquire()).token)),
  /** Gives rooms some messages. */
  async fill(rooms, count) {
    const data = { text: 'See you on Thursday at five, if that still suits you.' }
    for (let sent = 0; sent < count; sent++) {
      await Promise.all(rooms.map((room) => server.publish(room, data)))
    }
  },
  /** Makes all sessions last seen some time ago, in the file: the server has no way to do so. */
  age(ms) {
    const database = new Sqlite(process.argv[2].slice('sqlite:'.length))
    database.prepare('UPDATE sessions SET last_activity_at = ?').run(Date.now() - ms)
    database.close()
  },
  async publish(room, data, count) {
    for (let sent = 0; sent < count; sent++) await server.publish(room, data)
  },
  /** How many transactions were committed since the first such question. */
  commits() {
    if (commits === undefined) subscribe('yektayar:commit', () => commits++)
    return (commits ??= 0)
  },
  /** Publishes at a rate, one after the other; returns the CPU time in µs that all of it took. */
  async publishAtRate(room, data, perSecond, count) {
    const { user, system } = process.cpuUsage()
    for (let sent = 0; sent < count; sent++) {
      await server.publish(room, data)
      await sleep(1000 / perSecond)
    }
    const used = process.cpuUsage({ user, system })
    return used.user + used.system
  },
})
