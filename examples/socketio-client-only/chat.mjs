import { io } from 'socket.io-client'

const url = process.env.SERVER ?? 'http://localhost:3000'

// A session, over REST. It is anonymous until somebody signs in.
const answer = await fetch(`${url}/api/session/acquire`, { method: 'POST' })
const { token } = await answer.json()

const socket = io(url, { auth: { token }, transports: ['websocket', 'polling'] })
socket.on('connect_error', ({ message, data }) => console.error('refused:', message, data?.code))
socket.on('connected', ({ socketId }) => console.log('connected as', socketId))
socket.on('room:message', ({ seq, data }) => console.log(`${seq}:`, data.text))

// Without an acknowledgement the answer is an event.
socket.on('pong', ({ timestamp }) => console.log('pong at', timestamp))
socket.emit('ping')

// With one it is `{ ok: true, data }` or `{ ok: false, error }`.
const joined = await socket.emitWithAck('room:join', { room: 'public:lobby' })
if (!joined.ok) throw new Error(`${joined.error.code}: ${joined.error.message}`)
console.log('messages until now:', joined.data.messages.length)

const sent = await socket.emitWithAck('room:send', {
  room: 'public:lobby',
  data: { text: 'Hello' },
})
console.log('stored as', sent.data.seq)
if (process.argv.includes('--once')) socket.disconnect()
