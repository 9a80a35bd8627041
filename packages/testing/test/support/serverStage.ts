import type { YektaYarServer } from '@yektayar/server'
import { vi } from 'vitest'
import { faultProxy, startTestServer } from '../../src/index.js'
import { Backend, contract } from './stage.js'
import type { StartStage } from './stage.js'

/** A row of the table that the suite changes directly. */
interface Row {
  readonly last_seq: number
  readonly messages: string
}

/** A stage with the real client and a real server, behind a proxy that can cut the connection. */
export const serverStage: StartStage = async (options = {}) => {
  const backend = new Backend()
  const { authenticate, authorize, commands } = backend
  // Members come to the fake, and leave it, without a delay.
  const limits = { presenceGraceMs: 1, presenceIntervalMs: 1 }
  const start = (port: number) =>
    startTestServer({ contract, authenticate, authorize, commands, limits, port })
  let running = await start(0)
  const { url } = running
  const proxy = await faultProxy({ target: url })
  const client = running.client({
    contract,
    url: proxy.url,
    transports: ['websocket'],
    retryDelayMaxMs: 20,
    ...options,
  })
  const connection = () =>
    [...running.server.io.sockets.sockets.values()].find(({ id }) => id === client.socket?.id)
  const gone = async () => {
    if (client.status !== 'connected') return
    await new Promise<void>((resolve) => {
      client.subscribe(({ status }) => {
        if (status !== 'connected') resolve()
      })
    })
  }
  const changeUser = (userId: string | null, socketId: string | undefined) => {
    const { sessions } = running.server
    const id = connection()?.data.sessionId ?? ''
    if (userId === null) return sessions.signOut(id, { socketId })
    return sessions.signIn(id, userId, { socketId })
  }
  let sessionId = ''
  const drop = async () => {
    sessionId = connection()?.data.sessionId ?? ''
    proxy.drop({ forMs: Infinity })
    await gone()
  }
  return {
    client,
    backend,
    url: proxy.url,
    emit(id, text) {
      running.server.io.emit('note:added', { id, text })
      return Promise.resolve()
    },
    publish: (room, data) => running.server.publish(room as 'public:any', data),
    async arrive(room) {
      const other = running.client()
      await other.connect()
      const joined = other.room(room as 'public:any')
      await joined.join()
      return {
        member: String(joined.self),
        typing(isTyping) {
          joined.typing(isTyping)
          return Promise.resolve()
        },
        show: (presence) => joined.setPresence(presence),
        leave: () => joined.leave(),
      }
    },
    truncate: (room, kept) => truncate(running.server, room, kept),
    async replaceStore() {
      await running.server.close()
      running = await start(Number(new URL(url).port))
    },
    drop,
    restore: () => {
      proxy.heal()
    },
    async goOffline() {
      vi.stubGlobal('navigator', { onLine: false })
      await drop()
    },
    goOnline() {
      vi.unstubAllGlobals()
      proxy.heal()
    },
    async disconnectByServer() {
      connection()?.disconnect(true)
      await gone()
    },
    async endSession(code) {
      if (code === 'replaced') {
        connection()?.emit('session:ended', { code })
        connection()?.disconnect(true)
      } else {
        await running.server.sessions.end(connection()?.data.sessionId ?? sessionId, code)
      }
      await gone()
    },
    changeUser: (userId) => changeUser(userId, connection()?.id),
    changeUserElsewhere: async (userId) => {
      const changed = await changeUser(userId, undefined)
      await gone()
      return changed
    },
    async signInElsewhere(userId) {
      const { sessions } = running.server
      const { token } = await sessions.acquire()
      await sessions.signIn((await sessions.findByToken(token))?.id ?? '', userId)
    },
    async [Symbol.asyncDispose]() {
      vi.unstubAllGlobals()
      await client.disconnect()
      await proxy[Symbol.asyncDispose]()
      await running[Symbol.asyncDispose]()
    },
  }
}

/** Keeps the newest messages of a room, even where one row holds several. */
async function truncate(
  { database }: Pick<YektaYarServer, 'database'>,
  room: string,
  kept: number,
): Promise<void> {
  const run = async (text: string, ...parameters: unknown[]): Promise<Row[]> => {
    const query = { kind: 'RawNode', sqlFragments: [text], parameters: [] } as const
    const compiled = { sql: text, parameters, query, queryId: { queryId: text } }
    return (await database.executeQuery<Row>(compiled)).rows
  }
  const rows = await run('select last_seq, messages from room_messages where room = ?', room)
  const firstKept = Math.max(0, ...rows.map(({ last_seq }) => last_seq)) - kept + 1
  await run('delete from room_messages where room = ? and last_seq < ?', room, firstKept)
  for (const { last_seq, messages } of rows) {
    const items = JSON.parse(messages) as unknown[]
    const rest = items.slice(-(last_seq - firstKept + 1))
    if (last_seq < firstKept || rest.length === items.length) continue
    const text = JSON.stringify(rest)
    const update = 'update room_messages set messages = ? where room = ? and last_seq = ?'
    await run(update, text, room, last_seq)
  }
}
