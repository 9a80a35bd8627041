import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createServer } from '@yektayar/server'
import { describe, expect, it } from 'vitest'
import { launchChromium } from './support/launchChromium.js'

const demoDirectory = fileURLToPath(new URL('../../packages/server/demo', import.meta.url))

/** The demo app in a real Chromium, served by a real server that can be stopped and started. */
async function openDemo() {
  const directory = await mkdtemp(join(tmpdir(), 'yektayar-demo-'))
  const options = {
    host: '127.0.0.1',
    databaseUrl: `sqlite:${join(directory, 'demo.db')}`,
    logLevel: 'silent',
    demoDirectory,
  } as const
  let server = await createServer({ ...options, port: 0 })
  const url = await server.listen()
  const browser = await launchChromium()
  const page = await browser.newPage()
  await page.goto(url)
  const status = page.getByRole('status')
  return {
    page,
    is: (wanted: string) => status.filter({ hasText: new RegExp(`^${wanted}$`) }).waitFor(),
    stop: () => server.close(),
    async start() {
      server = await createServer({ ...options, port: Number(new URL(url).port) })
      await server.listen()
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      await server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

describe('the demo', () => {
  it('connects, shows its session, disconnects and connects again', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    expect(await demo.page.getByTestId('session-state').textContent()).toBe('active')
    await demo.page.getByRole('button', { name: 'Disconnect' }).click()
    await demo.is('idle')
    await demo.page.getByRole('button', { name: 'Connect', exact: true }).click()
    await demo.is('connected')
  })

  it('runs each command and shows its answer', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    const expected = {
      ping: '"timestamp"',
      status: 'YektaYar API Server',
      info: 'YektaYar Mental Health Platform API',
      echo: '"received": "Hello, server!"',
      message: '"text": "My custom message"',
    }
    for (const [name, text] of Object.entries(expected)) {
      const form = demo.page.getByRole('form', { name, exact: true })
      await form.getByRole('button').click()
      await form.getByTestId('answer').filter({ hasText: text }).waitFor()
    }
    expect(await demo.page.content()).not.toMatch(/"sessionToken": "[^*]/)
  })

  it('comes back by itself, with its session, when the server stops and starts again', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    const expiry = demo.page.getByTestId('session-expiry')
    const before = await expiry.textContent()
    await demo.stop()
    await demo.is('reconnecting')
    await demo.page.getByTestId('next-retry').filter({ hasText: /\d/ }).waitFor()
    await demo.start()
    await demo.is('connected')
    expect(await expiry.textContent()).toBe(before)
    const form = demo.page.getByRole('form', { name: 'ping', exact: true })
    await form.getByRole('button').click()
    await form.getByTestId('answer').waitFor()
  })

  it('keeps its session through a reload', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    const expiry = demo.page.getByTestId('session-expiry')
    const before = await expiry.textContent()
    await demo.page.reload()
    await demo.is('connected')
    expect(await expiry.textContent()).toBe(before)
  })
})
