import type { IncomingMessage } from 'node:http'
import { WebSocket } from './modules.js'
import { within } from './within.js'

/** Options of a raw connection. */
export interface RawOptions {
  /** Added to the query that Engine.IO needs. @default '' */
  query?: string
  headers?: Record<string, string>
}

/** A WebSocket to Engine.IO, with a record of the received frames. */
export interface RawConnection {
  readonly frames: readonly string[]
  send(frame: string | Uint8Array): void
  /**
   * The first frame that starts with this text, received earlier or later; `undefined` if the
   * connection closes first.
   */
  next(start: string): Promise<string | undefined>
  /** Resolves with the close code. */
  readonly closed: Promise<number>
  close(): void
}

/** Thrown when the server refuses the upgrade. */
class UpgradeRefused extends Error {
  readonly status: number | undefined
  readonly body: string

  constructor(status: number | undefined, body: string) {
    super(`The upgrade was refused with ${String(status)}: ${body}`)
    this.status = status
    this.body = body
  }
}

/** Opens a WebSocket to Engine.IO and waits for its handshake packet. */
export async function openRaw(url: string, options: RawOptions = {}): Promise<RawConnection> {
  const { query = '', headers = {} } = options
  const address = `${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket${query}`
  const connection = listenTo(new WebSocket(address, { headers, perMessageDeflate: false }))
  await connection.next('0{')
  return connection
}

function listenTo(socket: InstanceType<typeof WebSocket>): RawConnection {
  const frames: string[] = []
  const looks = new Set<() => void>()
  let refusal: UpgradeRefused | undefined
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  socket.on('message', (data: Buffer) => {
    frames.push(data.toString())
    for (const look of looks) look()
  })
  socket.on('error', () => undefined) // a close event always follows
  socket.on('unexpected-response', (_request: unknown, response: IncomingMessage) => {
    void readBody(response).then((body) => {
      refusal = new UpgradeRefused(response.statusCode, body)
      socket.emit('close', 0)
    })
  })

  const next = (start: string): Promise<string | undefined> => {
    const seek = new Promise<string | undefined>((resolve, reject) => {
      const look = (): void => {
        const found = frames.find((frame) => frame.startsWith(start))
        if (found === undefined) return
        looks.delete(look)
        resolve(found)
      }
      looks.add(look)
      look()
      void closed.then(() => {
        if (refusal) reject(refusal)
        else resolve(undefined)
      })
    })
    return within(seek, `a frame that begins with ${start}`)
  }

  return {
    frames,
    next,
    get closed() {
      return within(closed, 'the close of a raw connection')
    },
    send: (frame) => {
      socket.send(frame)
    },
    close: () => {
      socket.terminate()
    },
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  // A stream without an encoding yields Buffers.
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
