import { coreContract, extendContract } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CommandError, createServer, tables } from '../src/index.js'
import { roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

const contract = extendContract(coreContract, {
  events: { 'case:closed': z.object({ caseId: z.string() }) },
})
const docs = { username: 'admin', password: 'correct horse' }

function start() {
  return startServer({
    contract,
    docs,
    tables: tables<{ cases: { id: string } }>(async ({ schema }) => {
      await schema.createTable('cases').addColumn('id', 'text').execute()
    }),
    routes: async (app, { database, emit, sessions }) => {
      await Promise.resolve()
      app.post<{ Params: { id: string }; Body: { why: string } }>(
        '/cases/:id/close',
        {
          schema: {
            summary: 'Close a case',
            body: { type: 'object', required: ['why'], properties: { why: { type: 'string' } } },
          },
        },
        async ({ params: { id }, headers }) => {
          const session = await sessions.findByToken(headers.authorization?.slice('Bearer '.length))
          if (!session) throw new CommandError('unauthorized', 'Bring a session')
          await database.insertInto('cases').values({ id }).execute()
          await emit('case:closed', { caseId: id }, { to: { session: session.id } })
          return { closed: id }
        },
      )
    },
  })
}

describe('routes of an app in createServer', () => {
  it('have the handle of the server, and its errors', async () => {
    await using context = await start()
    const client = await roomClient(context)
    const heard = new Promise((resolve) => {
      client.socket.onAny((name: string, payload: unknown) => {
        if (name === 'case:closed') resolve(payload)
      })
    })
    const close = (body: object, token = client.token) =>
      fetch(`${context.url}/cases/a/close`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    expect(await (await close({ why: 'done' })).json()).toEqual({ closed: 'a' })
    expect(await heard).toEqual({ caseId: 'a' })
    const rows = await context.server.database.selectFrom('cases').selectAll().execute()
    expect(rows).toEqual([{ id: 'a' }])
    const stranger = await close({ why: 'done' }, 'none')
    expect(stranger.status).toBe(401)
    expect(await stranger.json()).toMatchObject({ error: { code: 'unauthorized' } })
    const wrong = await close({})
    expect(wrong.status).toBe(400)
    expect(await wrong.json()).toMatchObject({ error: { code: 'invalid_input' } })
  })

  it('are in the documentation, beside those of the server', async () => {
    await using context = await start()
    const authorization = `Basic ${Buffer.from('admin:correct horse').toString('base64')}`
    const answer = await fetch(`${context.url}/api-docs/json`, { headers: { authorization } })
    const { paths } = (await answer.json()) as { paths: Record<string, { post?: object }> }
    expect(paths['/cases/{id}/close']?.post).toMatchObject({
      summary: 'Close a case',
      requestBody: { content: { 'application/json': { schema: { required: ['why'] } } } },
    })
    expect(paths).toHaveProperty('/api/session/acquire')
  })

  it.each([
    ['thrown by a route', { statusCode: 409, code: 'CASE_CLOSED', message: 'It is closed' }],
    ['of a plugin', { statusCode: 423, code: 'FST_TENANT', message: 'This tenant is locked' }],
    ['of one that is under pressure', { statusCode: 503, message: 'Too busy' }],
    ['without a code', { statusCode: 404, message: 'No such case' }],
  ])('keep the status, code, message and headers of an error %s', async (_what, fields) => {
    const error = Object.assign(new Error(fields.message), fields, {
      headers: { 'retry-after': 7 },
    })
    await using context = await startServer({
      routes: (app) => {
        app.get('/case', () => Promise.reject(error))
        app.get(
          '/guarded',
          {
            preHandler: (_request, _reply, done) => {
              done(error)
            },
          },
          () => 'never',
        )
      },
    })
    for (const path of ['case', 'guarded']) {
      const response = await fetch(`${context.url}/${path}`)
      expect(response.status).toBe(fields.statusCode)
      expect(response.headers.get('retry-after')).toBe('7')
      expect(await response.json()).toMatchObject(fields)
    }
  })

  it.each([
    ['without a status', {}],
    ['with the status 500', { statusCode: 500 }],
    ['with what is no status', { statusCode: '404' }],
    ['with that of a success', { statusCode: 200 }],
    ['with a code of WebSockets', { statusCode: 4_001 }],
    ['with a number as its code', { code: 23 }],
    ['with null as its code', { code: null }],
  ])('tell nobody what is in an error %s', async (_what, fields) => {
    await using context = await startServer({
      routes: (app) => {
        app.get('/case', () => Promise.reject(Object.assign(new Error('a secret'), fields)))
      },
    })
    const response = await fetch(`${context.url}/case`)
    expect(response.status).toBe(500)
    expect(await response.json()).toMatchObject({ error: { code: 'internal_error' } })
  })

  it.each([[undefined], [null], ['a secret'], [404]])('may throw %j', async (thrown) => {
    await using context = await startServer({
      routes: (app) => {
        app.get('/case', () => {
          throw thrown as unknown as Error
        })
      },
    })
    const response = await fetch(`${context.url}/case`)
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
  })

  it('end the start where they fail', async () => {
    const routes = () => Promise.reject(new Error('no way'))
    const options = { databaseUrl: 'sqlite::memory:', logLevel: 'silent', routes } as const
    await expect(createServer(options)).rejects.toThrow('no way')
  })
})
