import { describe, expect, it } from 'vitest'
import { startServer } from './support/server.js'

const docs = { username: 'admin', password: 'correct horse' }

function basic(username: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}

describe('/api-docs', () => {
  it.each(['', '/', '/json', '/yaml', '/static/index.html', '/static/swagger-ui.css', '/nothing'])(
    'asks for a password at /api-docs%s',
    async (path) => {
      await using context = await startServer({ docs })
      const response = await fetch(`${context.url}/api-docs${path}`)
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm=/)
      expect(await response.json()).toMatchObject({ error: { code: 'unauthorized' } })
    },
  )

  it.each([
    ['admin', 'wrong'],
    ['other', 'correct horse'],
    ['', ''],
  ])('refuses %s with %s', async (username, password) => {
    await using context = await startServer({ docs })
    const headers = basic(username, password)
    expect((await fetch(`${context.url}/api-docs/json`, { headers })).status).toBe(401)
  })

  it('shows Swagger UI and the OpenAPI document of the real routes', async () => {
    await using context = await startServer({ docs })
    const headers = basic('admin', 'correct horse')
    const page = await fetch(`${context.url}/api-docs`, { headers })
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('swagger-ui')

    const document = (await (await fetch(`${context.url}/api-docs/json`, { headers })).json()) as {
      paths: Record<string, unknown>
    }
    expect(Object.keys(document.paths).sort()).toEqual([
      '/',
      '/api',
      '/api/session',
      '/api/session/acquire',
      '/api/session/all',
      '/api/session/renew',
      '/api/session/{id}',
      '/health',
      '/ready',
    ])
  })
})
