// @vitest-environment jsdom
import { join } from 'node:path'
import * as client from '@yektayar/client'
import * as protocol from '@yektayar/protocol'
import * as server from '@yektayar/server'
import * as yektayarVue from '@yektayar/vue'
import { afterEach, expect, it, vi } from 'vitest'
import * as vue from 'vue'
import * as zod from 'zod'
import { GUIDE_URL } from '../guide/guide.js'
import { readSnippets } from '../guide/snippets.js'
import { execute } from './support/execute.js'
import { recorder } from './support/recorder.js'
import { startServer } from '../support/startServer.js'
import { typeCheck } from './support/typeCheck.js'

const readme = readSnippets(join(import.meta.dirname, '../../README.md'))
const modules = {
  vue,
  zod,
  '@yektayar/client': client,
  '@yektayar/protocol': protocol,
  '@yektayar/server': server,
  '@yektayar/vue': yektayarVue,
}

afterEach(() => {
  document.body.replaceChildren()
})

it('is right about the types of its quick starts', () => {
  const blocks = ['Client', 'Vue', 'Server'].map(
    (heading) => [`${heading}.ts`, readme.take(heading, 'ts')] as const,
  )
  expect(typeCheck(new Map(blocks))).toEqual([])
})

it('runs its client', async () => {
  await using context = await startServer()
  const { console, log } = recorder()
  const code = readme.take('Client', 'ts').replace(GUIDE_URL, context.url)
  await execute(code, modules, { console })
  expect(log).toHaveBeenCalledWith('connected', '')
  expect(log).toHaveBeenCalledWith('connected as', expect.any(String))
  expect(log).toHaveBeenCalledWith(expect.objectContaining({ received: { hello: 'server' } }))
  expect(log).toHaveBeenLastCalledWith('idle', '')
})

it('runs its Vue app', async () => {
  await using context = await startServer()
  const { console, said } = recorder()
  document.body.innerHTML = '<div id="app"></div>'
  const code = readme.take('Vue', 'ts').replace(GUIDE_URL, context.url)
  await execute(code, modules, { console })
  const [switchButton, echoButton] = document.querySelectorAll('button')
  const text = () => document.querySelector('p')?.textContent

  await vi.waitFor(() => {
    expect(text()).toMatch(/^idle|^connected/)
  })
  if (text()?.startsWith('idle')) switchButton?.click()
  expect(await said('connected as')).toEqual(expect.any(String))
  echoButton?.click()
  await vi.waitFor(() => {
    expect(text()).toMatch(/^connected \d{4}-/)
  })
  switchButton?.click()
  await vi.waitFor(() => {
    expect(text()).toMatch(/^idle/)
  })
})

it('runs its server with a command of the app', async () => {
  const { console, log } = recorder()
  const close: (() => Promise<void>)[] = []
  const createServer = async (options: server.CreateServerOptions) => {
    const quiet = { port: 0, databaseUrl: 'sqlite::memory:', logLevel: 'silent' } as const
    const created = await server.createServer({ ...options, ...quiet })
    close.push(() => created.close())
    return created
  }
  const given = { ...modules, '@yektayar/server': { ...server, createServer } }
  await execute(readme.take('Server', 'ts'), given, { console })
  const user = new client.YektaYarSocket({ url: String(log.mock.calls[0]?.[0]) })
  await user.connect()
  // Typed for the contract of the README.
  const call = user.call.bind(user) as (name: string, input: unknown) => Promise<unknown>
  expect(await call('room:name', { id: 1 })).toBe('Lobby')
  await expect(call('room:name', { id: 2 })).rejects.toMatchObject({ code: 'not_found' })
  await user.disconnect()
  for (const end of close) await end()
})
