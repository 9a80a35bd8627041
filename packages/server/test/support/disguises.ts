import { request } from 'node:http'

/** Queries that make a handshake look like a later request of an existing connection. */
export const disguises: [what: string, query: string][] = [
  ['an empty session id', '&sid='],
  ['an empty session id before the rest', '&sid=&EIO=4'],
  ['an unknown session id', '&sid=unknown'],
  ['a session id that is emptied', '&sid=x&sid='],
  ['an encoded name', '&%73id='],
  ['an encoded ampersand', '&t=%26sid=x'],
  ['brackets', '&sid[]=x'],
  ['another case', '&SID=x'],
  ['a semicolon', ';sid=x'],
  ['a second question mark', '&t=?sid=x'],
  ['a fragment', '#&sid=x'],
  ['a name of every object', '&sid=__proto__'],
  ['a space', '&sid=+'],
]

/** The status of a GET with exactly this path. `fetch` would normalize it. */
export function getRaw(url: string, path: string): Promise<number> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}
