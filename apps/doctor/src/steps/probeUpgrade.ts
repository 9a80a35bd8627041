import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { errorCode } from '../request.js'
import type { Visit } from '../visit.js'

/** The outcome of an upgrade: the status of its answer (101 if accepted), or an error's code. */
export type UpgradeOutcome =
  | { readonly status: number; readonly code?: undefined; readonly firstBytes?: FirstBytes }
  | { readonly status?: undefined; readonly code: string; readonly firstBytes?: undefined }

/** When the server's first packet came: at once, when the connection was closed, or never. */
type FirstBytes = 'prompt' | 'late' | 'none'

const KEY_BYTES = 16

/** How long a granted WebSocket may be silent, in milliseconds. */
const SILENCE_MS = 2_500

/** How long a buffer on the way may take to pass on what it holds, in milliseconds. */
const RELEASE_MS = 1_000

/** A close frame, masked as a client's is. */
const CLOSE_FRAME = Buffer.from([0x88, 0x80, 0, 0, 0, 0])

/**
 * Asks for a WebSocket with a bare request, so that the answer's status can be seen.
 *
 * @param isListening whether to wait for the server's first packet as well
 */
export function probeUpgrade(
  { address, path, timeoutMs }: Pick<Visit, 'address' | 'path' | 'timeoutMs'>,
  headers: Readonly<Record<string, string>>,
  isListening = false,
): Promise<UpgradeOutcome> {
  const url = new URL(`${path}/?EIO=4&transport=websocket`, address)
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve) => {
    const request = send(url, {
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        ...headers,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(KEY_BYTES).toString('base64'),
      },
    })
    const end = (outcome: UpgradeOutcome): void => {
      resolve(outcome)
      request.destroy()
    }
    request
      .on('upgrade', (response, socket, head) => {
        const status = response.statusCode ?? 101
        socket.on('error', () => undefined)
        const listened = isListening ? listen(socket, head, timeoutMs) : Promise.resolve(undefined)
        void listened.then((firstBytes) => {
          socket.destroy()
          end({ status, ...(firstBytes && { firstBytes }) })
        })
      })
      .on('response', (response) => {
        end({ status: response.statusCode ?? 0 })
      })
      .on('error', (error) => {
        end({ code: error.name === 'AbortError' ? 'TIMEOUT' : errorCode(error) })
      })
      .end()
  })
}

async function listen(socket: Duplex, head: Buffer, timeoutMs: number): Promise<FirstBytes> {
  if (head.length > 0 || (await hasData(socket, Math.min(SILENCE_MS, timeoutMs)))) return 'prompt'
  socket.write(CLOSE_FRAME)
  return (await hasData(socket, RELEASE_MS)) ? 'late' : 'none'
}

function hasData(socket: Duplex, forMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (value: boolean): void => {
      clearTimeout(timer)
      socket.off('data', onData)
      resolve(value)
    }
    const onData = (): void => {
      end(true)
    }
    const timer = setTimeout(end, forMs, false)
    socket.on('data', onData)
  })
}
