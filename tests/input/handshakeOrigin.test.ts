import { SESSION_ACQUIRE_PATH } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import { checkErrorBody } from './support/answers.js'
import { sendHttp } from './support/httpRequest.js'
import { startScene } from './support/scene.js'

const LISTED = 'https://app.example.org'
const strict = { corsOrigins: [LISTED], environment: 'production' } as const
const polling = '/socket.io/?EIO=4&transport=polling'

const foreign: [what: string, origin: string][] = [
  ['another site', 'https://evil.example'],
  ['a site that begins like the listed one', `${LISTED}.evil.example`],
  ['a site below the listed one', 'https://sub.app.example.org'],
  ['the listed site over HTTP', 'http://app.example.org'],
  ['another port of the listed site', `${LISTED}:444`],
  ['the listed site with a path', `${LISTED}/path`],
  ['the listed site after a user name', 'https://app.example.org@evil.example'],
  ['the listed site in capitals', LISTED.toUpperCase()],
  ['another port of this machine', 'http://localhost:1'],
  ['null', 'null'],
  ['an empty text', ''],
  ['a star', '*'],
  ['no origin at all', 'not an origin'],
  ['a scheme alone', 'https://'],
  ['a scheme that runs code', 'javascript:alert(1)'],
  ['a file', 'file://'],
  ['two origins', `${LISTED}, https://evil.example`],
  ['a very long origin', `https://${'a'.repeat(8_000)}.example`],
  ['a bad port', 'http://localhost:99999'],
  ['broken brackets', 'http://[::1'],
]

describe.each(foreign)('a request from %s', (_what, origin) => {
  it('is refused over REST, polling and websocket alike', async () => {
    await using scene = await startScene(strict)
    const headers = { Origin: origin }

    for (const [method, path] of [
      ['POST', SESSION_ACQUIRE_PATH],
      ['GET', '/api/session'],
      ['GET', '/health'],
    ] as const) {
      const answer = await sendHttp(scene.url, { method, path, headers })
      expect(answer.status).toBe(403)
      expect(checkErrorBody(answer.text).code).toBe('origin_forbidden')
      expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    }

    const poll = await sendHttp(scene.url, { path: polling, headers })
    expect(poll.status).toBe(403)
    expect(poll.text).toContain('origin_forbidden')
    expect(poll.headers['access-control-allow-origin']).toBeUndefined()

    const refusal: unknown = await scene.raw({ headers }).catch((error: unknown) => error)
    // Engine.IO chooses the status.
    expect(refusal).toMatchObject({ status: 400, body: 'origin_forbidden' })
  })
})

it('lets the listed origin in over REST, polling and websocket alike', async () => {
  await using scene = await startScene(strict)
  const headers = { Origin: LISTED }
  const rest = await sendHttp(scene.url, { path: '/api', headers })
  const poll = await sendHttp(scene.url, { path: polling, headers })
  expect([rest.status, poll.status]).toEqual([200, 200])
  expect(rest.headers['access-control-allow-origin']).toBe(LISTED)
  expect(poll.headers['access-control-allow-origin']).toBe(LISTED)
  const raw = await scene.raw({ headers })
  expect(raw.frames[0]).toMatch(/^0\{/)
})
