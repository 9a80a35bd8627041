import { get } from 'node:http'

const TIMEOUT_MS = 1_500

/** The status, headers and text at an address; `undefined` if there is no answer in time. */
export function ask(url, headers = {}) {
  return new Promise((resolve) => {
    const request = get(url, { headers, agent: false, timeout: TIMEOUT_MS }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, text }),
      )
      response.on('close', () => resolve(undefined)) // without an effect after the end
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(undefined))
  })
}
