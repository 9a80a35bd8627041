import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { errorCode } from '../request.js'

/** What became of an upgrade: the status of its answer, 101 when it was granted, or an error's code. */
export type UpgradeOutcome =
  | { readonly status: number; readonly code?: undefined }
  | { readonly status?: undefined; readonly code: string }

const KEY_BYTES = 16

/** Asks for a WebSocket with a bare request, so that the answer's status can be seen. */
export function probeUpgrade(
  address: string,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<UpgradeOutcome> {
  const url = new URL('/socket.io/?EIO=4&transport=websocket', address)
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
      .on('upgrade', (response, socket) => {
        socket.destroy()
        end({ status: response.statusCode ?? 101 })
      })
      .on('response', (response) => {
        end({ status: response.statusCode ?? 0 })
      })
      .on('error', (error) => {
        end({ code: errorCode(error) })
      })
      .end()
  })
}
