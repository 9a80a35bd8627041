import { METHODS } from 'node:http'
import { expect, it } from 'vitest'
import { checkErrorBody } from './support/answers.js'
import { sendHttp } from './support/httpRequest.js'
import { startScene } from './support/scene.js'
import type { Scene } from './support/scene.js'

const docs = { username: 'reader', password: 'reads the docs' }

// HEAD is GET without a body, OPTIONS belongs to CORS, and CONNECT never reaches a route.
const methods = METHODS.filter((method) => !['HEAD', 'OPTIONS', 'CONNECT'].includes(method))

interface Route {
  readonly path: string
  readonly methods: readonly string[]
}

/**
 * Every documented route, so that new ones are covered automatically, and the other served routes.
 */
async function routesOf(scene: Scene): Promise<Route[]> {
  const authorization = `Basic ${btoa(`${docs.username}:${docs.password}`)}`
  const response = await fetch(`${scene.url}/api-docs/json`, { headers: { authorization } })
  const { paths } = (await response.json()) as { paths: Record<string, object> }
  const documented = Object.entries(paths).map(([path, operations]) => ({
    path,
    methods: Object.keys(operations).map((method) => method.toUpperCase()),
  }))
  return [...documented, { path: '/nowhere', methods: [] }, { path: '/api/', methods: [] }]
}

it('answers every wrong method on every route with the one error shape', async () => {
  await using scene = await startScene({ docs })
  const routes = await routesOf(scene)
  expect(routes.map(({ path }) => path)).toContain('/api/session/acquire')
  for (const route of routes) {
    for (const method of methods.filter((each) => !route.methods.includes(each))) {
      const { status, text, headers } = await sendHttp(scene.url, { method, path: route.path })
      expect(headers['content-type']).toBe('application/json; charset=utf-8')
      const { code } = checkErrorBody(text)
      // Node's HTTP server itself refuses some of the methods that it lists.
      if (status !== 400) expect([status, code]).toEqual([404, 'not_found'])
    }
  }
})

it('answers a body with any wrong method with the one error shape', async () => {
  await using scene = await startScene({ docs })
  for (const { path, methods: right } of await routesOf(scene)) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'].filter((m) => !right.includes(m))) {
      for (const type of ['application/json', 'text/plain', 'x/y']) {
        const answer = await sendHttp(scene.url, {
          method,
          path,
          headers: { 'Content-Type': type },
          body: '{"broken":',
        })
        expect(answer.status).toBeGreaterThanOrEqual(400)
        expect(answer.status).toBeLessThan(500)
        checkErrorBody(answer.text)
      }
    }
  }
})

it('answers OPTIONS outside of a preflight with the one error shape or without a body', async () => {
  await using scene = await startScene({ docs })
  for (const { path } of await routesOf(scene)) {
    for (const headers of [{}, { Origin: scene.url }, { 'Access-Control-Request-Method': 'GET' }]) {
      const { text } = await sendHttp(scene.url, { method: 'OPTIONS', path, headers })
      if (text !== '') checkErrorBody(text)
    }
  }
})

it.each([
  ['a bad percent-encoding', '/%zz'],
  ['a cut percent-encoding', '/api/session%'],
  ['bytes that are no UTF-8', '/%ff%fe'],
  ['an encoded NUL', '/api%00/session'],
  ['an encoded slash', '/api%2fsession'],
  ['a way up', '/../../../../etc/passwd'],
  ['an encoded way up', '/%2e%2e/%2e%2e/etc/passwd'],
  ['a doubly encoded way up', '/%252e%252e%252fetc'],
  ['__proto__', '/__proto__'],
  ['constructor', '/constructor/prototype'],
  ['an overlong path', `/${'a'.repeat(8_000)}`],
  ['many slashes', '/'.repeat(5_000)],
  ['a bad percent-encoding in the docs', '/api-docs/%zz'],
  ['an encoded way up in the docs', '/api-docs/static/%2e%2e%2f%2e%2e%2fpackage.json'],
  ['an odd address like that of Socket.IO', '//socket.io/?EIO=4&transport=polling'],
  ['a bad percent-encoding behind Socket.IO', '/socket.io%zz'],
])('answers %s with the one error shape', async (_what, path) => {
  await using scene = await startScene({ docs })
  for (const method of ['GET', 'POST']) {
    const { status, text } = await sendHttp(scene.url, { method, path })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    checkErrorBody(text)
  }
})

it('takes any query without harm', async () => {
  await using scene = await startScene()
  const queries = ['__proto__[polluted]=1', 'constructor[prototype][polluted]=1', '%zz=%', '&&=&']
  for (const query of [...queries, `a=${'x'.repeat(8_000)}`, 'a=1&'.repeat(1_500)]) {
    const { status } = await sendHttp(scene.url, { path: `/health?${query}` })
    expect(status).toBe(200)
  }
})
