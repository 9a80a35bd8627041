import { WebSocket } from 'ws'

const PATH = '/socket.io/?EIO=4&transport=websocket'

/**
 * Connects over WebSocket and speaks Socket.IO by hand, which costs a fraction of what
 * `socket.io-client` does, so that one processor can keep a server busy.
 *
 * @returns when the server has sent `connected`
 */
export function openRaw(url, token, { onEvent = () => {} } = {}) {
  const socket = new WebSocket(url.replace('http', 'ws') + PATH, { perMessageDeflate: false })
  const waiting = new Map()
  let lastId = 0

  const client = {
    /** Sends a command and resolves with its answer as text. */
    call(name, input) {
      const id = ++lastId
      const answered = new Promise((resolve) => waiting.set(id, resolve))
      socket.send(`42${id}${JSON.stringify([name, input])}`)
      return answered
    },
    /** Everything that `work` sends goes out in one write. */
    together(work) {
      socket._socket.cork()
      const result = work()
      socket._socket.uncork()
      return result
    },
    close() {
      socket.terminate()
    },
  }
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('close', () => {
      reject(new Error('closed before it was connected'))
    })
    socket.on('message', (bytes) => {
      const text = bytes.toString('latin1')
      if (text === '2') socket.send('3')
      else if (text.startsWith('0')) socket.send(`40${JSON.stringify({ token })}`)
      else if (text.startsWith('42["connected"')) resolve(client)
      else if (text.startsWith('42')) onEvent(text)
      else if (text.startsWith('43')) {
        const start = text.indexOf('[')
        const id = Number(text.slice(2, start))
        waiting.get(id)(text.slice(start))
        waiting.delete(id)
      } else if (text.startsWith('44')) reject(new Error(text))
    })
  })
}
