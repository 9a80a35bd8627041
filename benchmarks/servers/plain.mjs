// Plain Socket.IO that does the same work without checks, limits, logs, metrics: it looks a token
// up in SQLite, answers an echo, and sends a message to everybody in a room.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Sqlite from 'libsql'
import { Server } from 'socket.io'
import { answerParent } from './answerParent.mjs'

const database = new Sqlite(process.argv[2].slice('sqlite:'.length))
database.pragma('journal_mode = WAL')
database.exec('CREATE TABLE sessions (token_hash TEXT PRIMARY KEY, id TEXT NOT NULL)')
const insert = database.prepare('INSERT INTO sessions VALUES (?, ?)')
const select = database.prepare('SELECT id FROM sessions WHERE token_hash = ?')
const hashOf = (token) => createHash('sha256').update(token).digest('base64url')

const http = createServer()
const io = new Server(http)
io.use((socket, next) => {
  const session = select.get(hashOf(socket.handshake.auth.token))
  if (!session) return next(new Error('Invalid or expired session token'))
  socket.data.sessionId = session.id
  next()
})
io.on('connection', (socket) => {
  void socket.join(`session:${socket.data.sessionId}`)
  socket.emit('connected', { message: 'Connected', socketId: socket.id, isLoggedIn: false })
  socket.on('echo', (data, acknowledge) => {
    acknowledge({ ok: true, data: { received: data, timestamp: new Date().toISOString() } })
  })
  socket.on('room:join', async ({ room }, acknowledge) => {
    await socket.join(room)
    acknowledge({ ok: true, data: { room } })
  })
})
http.listen(0, '127.0.0.1')
await once(http, 'listening')

answerParent({
  url: () => `http://127.0.0.1:${http.address().port}`,
  tokens: (count) =>
    Array.from({ length: count }, () => {
      const token = randomBytes(32).toString('base64url')
      insert.run(hashOf(token), randomUUID())
      return token
    }),
  async publish(room, data, count) {
    for (let seq = 1; seq <= count; seq++) {
      const at = new Date().toISOString()
      const message = { room, epoch: randomUUID(), seq, id: randomUUID(), from: 'server', data, at }
      io.to(room).emit('room:message', message)
      await nextTurn()
    }
  },
})
