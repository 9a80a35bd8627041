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
database.exec('CREATE TABLE messages (room TEXT, seq INTEGER, data TEXT, PRIMARY KEY (room, seq))')
const insertMessage = database.prepare('INSERT INTO messages VALUES (?, ?, ?)')
const selectMessages = database.prepare(
  'SELECT seq, data FROM messages WHERE room = ? ORDER BY seq DESC LIMIT 50',
)
const hashOf = (token) => createHash('sha256').update(token).digest('base64url')

const SENTENCE = JSON.stringify({ text: 'See you on Thursday at five, if that still suits you.' })

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
  socket.on('echo', (received, acknowledge) => {
    const timestamp = new Date().toISOString()
    acknowledge({ ok: true, data: { received, timestamp, socketId: socket.id } })
  })
  socket.on('echo:bare', (data, acknowledge) => acknowledge(data))
  socket.on('room:join', async ({ room }, acknowledge) => {
    await socket.join(room)
    acknowledge({ ok: true, data: { room } })
  })
  /** A join as an app without us would write it. */
  socket.on('room:enter', async ({ room }, acknowledge) => {
    await socket.join(room)
    socket.to(room).emit('room:entered', { room, id: socket.data.sessionId })
    const ids = [...(io.sockets.adapter.rooms.get(room) ?? [])]
    const members = ids.map((id) => ({ id: io.sockets.sockets.get(id).data.sessionId }))
    const messages = selectMessages.all(room).map((row) => ({ ...row, data: JSON.parse(row.data) }))
    acknowledge({ ok: true, data: { room, members, messages } })
  })
  socket.on('room:leave', async ({ room }, acknowledge) => {
    await socket.leave(room)
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
  /** Gives rooms some messages. */
  fill(rooms, count) {
    for (const room of rooms) {
      for (let seq = 1; seq <= count; seq++) insertMessage.run(room, seq, SENTENCE)
    }
  },
  /** It keeps no record of when a session was last seen. */
  age: () => undefined,
  async publish(room, data, count) {
    for (let seq = 1; seq <= count; seq++) {
      const at = new Date().toISOString()
      const message = { room, epoch: randomUUID(), seq, id: randomUUID(), from: 'server', data, at }
      io.to(room).emit('room:message', message)
      await nextTurn()
    }
  },
})
