import { expect, it } from 'vitest'
import { serve } from '../src/standalone/serve.js'

const quiet = { PORT: '0', DATABASE_URL: 'sqlite::memory:', LOG_LEVEL: 'silent' }
const development = { NODE_ENV: 'development' }

const cases: [hasUsers: boolean, where: string, environment: Record<string, string>][] = [
  [true, 'in development, on this machine alone', development],
  [true, 'the same by address', { ...development, HOST: '127.0.0.1' }],
  [true, 'the same over IPv6', { ...development, HOST: '::1' }],
  [
    true,
    'where they are asked for in development',
    { ...development, DEMO: 'on', HOST: '0.0.0.0' },
  ],
  [true, 'where they are asked for in tests', { NODE_ENV: 'test', DEMO: 'on' }],
  [false, 'with NODE_ENV unset', {}],
  [false, 'with NODE_ENV empty', { NODE_ENV: '' }],
  [false, 'with NODE_ENV unset, even where they are asked for', { DEMO: 'on' }],
  [false, 'in production', { NODE_ENV: 'production' }],
  [false, 'in production, whatever DEMO says', { NODE_ENV: 'production', DEMO: 'on' }],
  [false, 'in tests', { NODE_ENV: 'test' }],
  [false, 'for the network', { ...development, HOST: '0.0.0.0' }],
  [false, 'for the network over IPv6', { ...development, HOST: '::' }],
  [false, 'behind a proxy', { ...development, TRUST_PROXY: '127.0.0.1' }],
  [false, 'under a public name', { ...development, PUBLIC_URL: 'https://care.example.org' }],
  [false, 'without the demo', { ...development, DEMO: 'off' }],
]

it.each(cases)('demo users exist: %s, %s', async (hasUsers, _where, environment) => {
  const printed: string[] = []
  const server = await serve({ ...quiet, ...environment }, (text) => printed.push(text))
  try {
    const { port } = new URL(server.url)
    const host = environment.HOST === '::1' ? '[::1]' : '127.0.0.1'
    const { token } = await server.sessions.acquire()
    const response = await fetch(`http://${host}:${port}/api/session/sign-in`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'sara', password: 'tea-at-dusk' }),
    })
    expect(response.status).toBe(hasUsers ? 200 : 404)
    const text = printed.join('\n')
    expect(/Demo users .* can sign in/.test(text)).toBe(hasUsers)
    expect(text.includes('No demo users')).toBe(text.includes('Demo app at') && !hasUsers)
  } finally {
    await server.close()
  }
})
