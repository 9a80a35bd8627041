import { cp, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { YektaYarSocket } from '@yektayar/client'
import type { Browser, Page } from 'playwright-core'
import { preview } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../../e2e/support/launchChromium.js'
import { runProcess } from '../../support/runProcess.js'
import { packedConsumer } from './support/packedConsumer.js'
import type { PackedConsumer } from './support/packedConsumer.js'

const examples = join(import.meta.dirname, '../../../examples')

let made: PackedConsumer | undefined
let browser: Browser | undefined

beforeAll(async () => {
  const dependencies = [
    ...['fastify@5', 'pinia', 'socket.io-client@4', 'vue@3', 'zod@4', '@types/node@20', 'tsx@4'],
    ...['react@19', 'react-dom@19', '@types/react@19', '@types/react-dom@19'],
    ...['typescript@~5.9.3', 'vite@8', '@vitejs/plugin-vue@6', 'vue-tsc@3'],
  ]
  ;[made, browser] = await Promise.all([packedConsumer(dependencies), launchChromium()])
  for (const name of await exampleNames()) {
    await cp(join(examples, name), join(made.path, name), {
      recursive: true,
      filter: (source) => !source.includes('node_modules'),
    })
  }
})

afterAll(async () => {
  await browser?.close()
  await made?.[Symbol.asyncDispose]()
})

/** The folders of all examples. */
async function exampleNames(): Promise<string[]> {
  const entries = await readdir(examples, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

/** Runs a script of an example. */
async function runScript(example: string, script: string): Promise<void> {
  const { run, path } = theConsumer()
  const ended = await run('npm', '--prefix', join(path, example), 'run', script)
  expect(ended, ended.output).toMatchObject({ code: 0 })
}

function theConsumer(): PackedConsumer {
  if (!made) throw new Error('The packages could not be installed')
  return made
}

/** Starts the server of an example on a free port. */
async function startServer(example: string) {
  const { path } = theConsumer()
  const running = runProcess(process.execPath, ['--import', 'tsx', 'server.ts'], {
    cwd: join(path, example),
    env: { PATH: process.env.PATH, PORT: '0', DATABASE_URL: 'sqlite::memory:' },
  })
  return { ...running, url: await running.printed(/(?:listens|Listening) at (\S+)/) }
}

/** Builds the page of an example for a server, and serves it from another origin. */
async function servePage(example: string, serverUrl: string) {
  const root = join(theConsumer().path, example)
  await using build = runProcess('npm', ['run', 'build'], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, VITE_SERVER: serverUrl },
  })
  const [code] = await build.exited
  expect(code, build.output.text).toBe(0)
  const site = await preview({
    root,
    configFile: false,
    logLevel: 'silent',
    preview: { port: 0, host: 'localhost' },
  })
  const [url = ''] = site.resolvedUrls?.local ?? []
  return { url, [Symbol.asyncDispose]: () => site.close() }
}

/** Somebody with a browser of their own, who has opened a page. */
async function somebody(url: string): Promise<Page> {
  if (!browser) throw new Error('There is no browser')
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(url)
  await page.getByRole('status').filter({ hasText: 'connected' }).waitFor()
  return page
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
}

describe.each(['vue-chat', 'react-chat'])('examples/%s', (example) => {
  it('is a chat of two people, who go offline and sign in', async () => {
    await runScript(example, 'check')
    await using server = await startServer(example)
    await using site = await servePage(example, server.url)
    const [ann, ben] = await Promise.all([somebody(site.url), somebody(site.url)])
    await ann.getByLabel('Your name').fill('Ann')
    await ben.getByLabel('Your name').fill('Ben')
    const here = ben.getByLabel('Here').getByRole('listitem')
    await expect.poll(async () => (await here.allInnerTexts()).sort()).toEqual(['Ann', 'Ben (you)'])

    await ann.getByLabel('Message').fill('Hello')
    await ben.getByText('Ann is typing…').waitFor()
    await say(ann, 'Hello')
    await ben.getByText('Ann Hello').waitFor()
    await ann.getByText('You Hello delivered').waitFor()

    await ann.context().setOffline(true)
    await ann.getByRole('status').filter({ hasText: 'offline' }).waitFor()
    await say(ann, 'From a tunnel')
    await ann.getByText('You From a tunnel sending').waitFor()
    await ann.context().setOffline(false)
    await ben.getByText('Ann From a tunnel').waitFor()
    await ann.getByText('You From a tunnel delivered').waitFor()

    await ann.getByPlaceholder('User').fill('sara')
    await ann.locator('input[type=password]').fill('wrong')
    await ann.getByRole('button', { name: 'Sign in' }).click()
    await ann.getByRole('status').filter({ hasText: 'password' }).waitFor()
    await ann.getByPlaceholder('User').fill('sara')
    await ann.locator('input[type=password]').fill('sara-password')
    await ann.getByRole('button', { name: 'Sign in' }).click()
    await ann.getByRole('button', { name: 'Sign out' }).waitFor()
    await ann.getByText('You Hello delivered').waitFor()
    const bens = ben.getByRole('listitem').filter({ hasText: /Hello|tunnel/ })
    expect(await bens.count()).toBe(2)
  })
})

it('examples/vanilla is a chat of two people', async () => {
  await runScript('vanilla', 'check')
  await using server = await startServer('vanilla')
  await using site = await servePage('vanilla', server.url)
  const [ann, ben] = await Promise.all([somebody(site.url), somebody(site.url)])
  await say(ann, 'Hello')
  await ben.getByText('Hello', { exact: true }).waitFor()
  await ann.getByText('Hello (delivered)').waitFor()
})

it('examples/socketio-client-only talks to the ready server without the SDK', async () => {
  const cwd = join(theConsumer().path, 'socketio-client-only')
  const env = { PATH: process.env.PATH, PORT: '0', DATABASE_URL: 'sqlite::memory:' }
  const command = join(theConsumer().path, 'node_modules/@yektayar/server/bin/yektayar-server.js')
  await using server = runProcess(process.execPath, [command], { cwd, env })
  const url = await server.printed(/running at (http:\/\/\S+)/)
  for (const seq of ['1', '2']) {
    await using chat = runProcess(process.execPath, ['chat.mjs', '--once'], {
      cwd,
      env: { PATH: process.env.PATH, SERVER: url },
    })
    expect(await chat.printed(/pong at (\S+)/)).toMatch(/^\d{4}-/)
    expect(await chat.printed(/stored as (\d+)/)).toBe(seq)
    expect((await chat.exited)[0], chat.output.text).toBe(0)
  }
})

it('examples/fastify-users has users, who change their status', async () => {
  await runScript('fastify-users', 'check')
  await using server = await startServer('fastify-users')
  const post = async (path: string, body: object, token = '') => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    return (await (await fetch(server.url + path, init)).json()) as Record<string, string>
  }
  const { id } = await post('/users', { name: 'sara', password: 'correct horse' })
  const { token } = await post('/api/session/acquire', {})
  const credentials = { username: 'sara', password: 'correct horse' }
  const signedIn = await post('/api/session/sign-in', credentials, token)
  const client = new YektaYarSocket({ url: server.url, token: signedIn.token })
  await client.connect()
  const call = client.call.bind(client) as (name: string, input?: unknown) => Promise<unknown>
  expect(await call('profile:read')).toEqual({ id, name: 'sara', isHelper: false })
  expect(await call('status:set', 'on call')).toEqual({ userId: id, status: 'on call' })
  await client.disconnect()
})

it('each example has a test here', async () => {
  const tests = await readFile(import.meta.filename, 'utf8')
  for (const name of await exampleNames())
    expect(tests).toMatch(new RegExp(`'(examples/)?${name}[ ']`))
})

it('the chats in one file are as short as they are said to be', async () => {
  const lines = async (path: string) => {
    const text = await readFile(join(examples, path), 'utf8')
    return text.trimEnd().split('\n').length
  }
  expect(await lines('vue-chat/src/SupportChat.vue')).toBeLessThanOrEqual(60)
  expect(await lines('react-chat/src/SupportChat.tsx')).toBeLessThanOrEqual(80)
})
