import { describe, expect, it } from 'vitest'
import { createServer } from '../src/index.js'
import { serve } from '../src/standalone/serve.js'
import { roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

const product = { name: 'Ward 7', version: '2.1.0', description: 'Handover between shifts' }
const docs = { username: 'admin', password: 'correct horse' }
const authorization = `Basic ${Buffer.from('admin:correct horse').toString('base64')}`

async function read(url: string): Promise<unknown> {
  return (await fetch(url, { headers: { authorization } })).json()
}

describe('an app with a name of its own', () => {
  it('says it wherever the server says what it is', async () => {
    await using context = await startServer({ product, docs })
    const { name, version, description } = product
    for (const path of ['/', '/api']) {
      expect(await read(context.url + path)).toMatchObject({ message: name, version })
    }
    const info = { title: name, version, description }
    expect(await read(`${context.url}/api-docs/json`)).toMatchObject({ info })
    const client = await roomClient(context)
    expect(await client.ask('info', undefined)).toMatchObject({ server: product })
    expect(await client.ask('status', undefined)).toMatchObject({ server: { name, version } })
  })

  it('keeps the texts of the guide for what it does not say', async () => {
    await using context = await startServer({ product: { version: '2.1.0' } })
    const message = 'YektaYar Mental Health Platform API'
    expect(await read(`${context.url}/api`)).toMatchObject({ message, version: '2.1.0' })
  })

  it.each([
    [undefined, 'YektaYar API Documentation'],
    [{ version: '2.1.0' }, 'YektaYar API Documentation'],
    [product, 'Ward 7'],
    [{ name: 'Ward "7"' }, 'Ward \\"7\\"'],
    [{ name: 'بخش ۷' }, 'API Documentation'],
    [{ name: 'Ward 7\r\nAge: 1' }, 'API Documentation'],
  ])('is %o: a browser asks for the password of “%s”', async (given, realm) => {
    await using context = await startServer({ docs, ...(given && { product: given }) })
    const { status, headers } = await fetch(`${context.url}/api-docs`)
    expect(status).toBe(401)
    expect(headers.get('www-authenticate')).toBe(`Basic realm="${realm}", charset="UTF-8"`)
  })

  it('is refused where it is none', async () => {
    const options = { databaseUrl: 'sqlite::memory:', logLevel: 'silent' } as const
    const misspelt = createServer({ ...options, product: { nmae: 'Ward 7' } as object })
    await expect(misspelt).rejects.toThrow('product.nmae is no option. Did you mean "name"?')
    await expect(createServer({ ...options, product: { name: '' } })).rejects.toThrow(
      'product.name',
    )
  })

  it('is read from the environment by the ready server', async () => {
    const printed: string[] = []
    const quiet = { PORT: '0', DATABASE_URL: 'sqlite::memory:', LOG_LEVEL: 'silent' }
    const server = await serve({ ...quiet, PRODUCT_NAME: 'Ward 7' }, (text) => printed.push(text))
    try {
      expect(printed.join()).toContain(`🚀 Ward 7 running at ${server.url}`)
      expect(await read(`${server.url}/api`)).toMatchObject({ message: 'Ward 7' })
    } finally {
      await server.close()
    }
  })
})
