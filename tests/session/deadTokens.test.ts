import { expect, it } from 'vitest'
import { checkError, checkErrorBody } from '../input/support/answers.js'
import { sendHttp } from '../input/support/httpRequest.js'
import { startScene } from '../input/support/scene.js'
import type { Scene } from '../input/support/scene.js'
import { within } from '../input/support/within.js'

const authenticate = ({ username }: Record<string, string>): string | null => username ?? null
const routes: [method: string, path: string][] = [
  ['GET', '/api/session'],
  ['GET', '/api/session/all'],
  ['POST', '/api/session/renew'],
  ['POST', '/api/session/sign-in'],
  ['POST', '/api/session/sign-out'],
  ['DELETE', '/api/session/00000000-0000-0000-0000-000000000000'],
  ['DELETE', '/api/session'],
]

/** Calls a route with a token. */
function call(scene: Scene, method: string, path: string, token: string) {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const body = path.endsWith('sign-in') ? '{"username":"sara"}' : undefined
  return sendHttp(scene.url, { method, path, headers, ...(body !== undefined && { body }) })
}

async function sessionIdOf(scene: Scene, token: string): Promise<string> {
  return (await scene.server.sessions.findByToken(token))?.id ?? ''
}

/** Expects that a token is refused by every route and in every way to present it in a handshake. */
async function checkDead(scene: Scene, token: string): Promise<void> {
  for (const [method, path] of routes) {
    const { status, text } = await call(scene, method, path, token)
    expect({ path, status }).toEqual({ path, status: 401 })
    expect(checkErrorBody(text).code).toBe('token_invalid')
  }
  for (const transport of ['websocket', 'polling']) {
    for (const presented of [{ auth: { token } }, { query: { token } }]) {
      const client = scene.client({ ...presented, transports: [transport] })
      const refusal = new Promise<Error & { data?: unknown }>((resolve, reject) => {
        client.once('connect_error', resolve).once('connect', reject)
      })
      client.connect()
      expect(checkError((await within(refusal, 'the refusal')).data).code).toBe('token_invalid')
      client.close()
    }
  }
}

it.each<[what: string, kill: (scene: Scene, token: string) => Promise<unknown>]>([
  ['was ended over REST', (scene, token) => call(scene, 'DELETE', '/api/session', token)],
  [
    'was ended by the backend',
    async (scene, token) => scene.server.sessions.end(await sessionIdOf(scene, token)),
  ],
  [
    'is from before a sign-in',
    (scene, token) => call(scene, 'POST', '/api/session/sign-in', token),
  ],
  [
    'is from before a sign-in by the backend',
    async (scene, token) => scene.server.sessions.signIn(await sessionIdOf(scene, token), 'sara'),
  ],
  [
    'is from before a sign-out',
    (scene, token) => call(scene, 'POST', '/api/session/sign-out', token),
  ],
  [
    'was renewed before its session was signed in',
    async (scene, token) => {
      await call(scene, 'POST', '/api/session/renew', token)
      await call(scene, 'POST', '/api/session/sign-in', token)
    },
  ],
])('a token that %s opens nothing, over REST and at handshakes', async (_what, kill) => {
  await using scene = await startScene({ authenticate })
  const token = await scene.acquireToken()
  expect((await call(scene, 'GET', '/api/session', token)).status).toBe(200)
  await kill(scene, token)
  await checkDead(scene, token)
})

it('a session that was ended cannot be renewed by a connection that had begun to', async () => {
  await using scene = await startScene({ authenticate })
  const token = await scene.acquireToken()
  const client = await scene.attacker({ auth: { token } })
  const renewed = client.timeout(2_000).emitWithAck('session:renew') as Promise<{ ok: boolean }>
  await scene.server.sessions.end(await sessionIdOf(scene, token))
  const answer = await renewed.catch(() => ({ ok: false })) // the close may come before the answer
  const { data } = answer as { data?: { token: string } }
  if (data) await checkDead(scene, data.token)
  await checkDead(scene, token)
})
