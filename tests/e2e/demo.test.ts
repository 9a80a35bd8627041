import { describe, expect, it } from 'vitest'
import { openDemo } from './support/openDemo.js'

describe('the demo', () => {
  it('connects, shows its session, disconnects and connects again', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    const session = demo.page.getByTestId('session-state')
    expect(await session.getAttribute('data-state')).toBe('active')
    await demo.page.getByRole('button', { name: 'Disconnect' }).click()
    await demo.is('idle')
    await demo.page.getByRole('button', { name: 'Connect', exact: true }).click()
    await demo.is('connected')
    expect(await demo.page.title()).toBe('Connected · YektaYar Realtime')
    expect(demo.errors).toEqual([])
  })

  it('works where its server has paths of its own', async () => {
    await using demo = await openDemo({}, { path: '/v1/live', basePath: '/v1' })
    await demo.is('connected')
    await demo.send('ping')
    await demo.command('ping').getByTestId('answer').filter({ hasText: '"timestamp"' }).waitFor()
    expect(demo.errors).toEqual([])
  })

  it('runs each command and shows its answer, but no token', async () => {
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
      await demo.send(name)
      await demo.command(name).getByTestId('answer').filter({ hasText: text }).waitFor()
      await demo.command(name).getByText('Answered in').waitFor()
    }
    expect(await demo.command('status').getByTestId('answer').textContent()).toMatch(
      /"sessionToken": "\*\*\*[\w-]{6}"/,
    )
    const stored = await demo.page.evaluate(
      (key) => localStorage.getItem(key) ?? '',
      `yektayar:session:${demo.url}`,
    )
    const { token } = JSON.parse(stored) as { token: string }
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(await demo.page.content()).not.toContain(token)
  })

  it('says why a command failed, and whether it may have run', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    await demo.toggle.click()
    await demo.is('idle')
    await demo.send('ping')
    const alert = demo.command('ping').getByRole('alert')
    await alert.waitFor()
    const text = await alert.innerText()
    for (const part of ['not_connected', 'Call connect() first', 'mayHaveRun', 'retryable']) {
      expect(text).toContain(part)
    }
  })

  it('refuses what is not JSON, says so and sends nothing', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    const editor = demo.command('echo').getByRole('textbox')
    await editor.fill('Hello')
    await demo.send('echo')
    await demo.command('echo').getByText('Nothing was sent').waitFor()
    expect(await editor.getAttribute('aria-invalid')).toBe('true')
    expect(await editor.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(await demo.page.getByTestId('log').innerText()).not.toContain('echo')

    await editor.fill('[1, { "two": null }]')
    expect(await editor.getAttribute('aria-invalid')).toBe('false')
    await editor.press('Control+Enter')
    await demo.command('echo').getByTestId('answer').filter({ hasText: '"two": null' }).waitFor()
  })

  it('comes back by itself, with its session, when the server stops and starts again', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    const expiry = demo.page.getByTestId('session-expiry')
    const before = await expiry.getAttribute('data-expires')
    await demo.stop()
    await demo.is('reconnecting')
    expect(await demo.status('reconnecting').innerText()).toMatch(/connection was lost/)
    await demo.page
      .getByTestId('next-retry')
      .filter({ hasText: /in \d+ s/ })
      .waitFor()
    await demo.page
      .getByTestId('reason')
      .filter({ hasText: /connection_lost|network_error/ })
      .waitFor()

    await demo.send('ping') // the command waits for the connection
    await demo.command('ping').getByText('Waiting for the connection').waitFor()
    await demo.start()
    await demo.is('connected')
    await demo.page.getByTestId('back').getByText('with the same session').waitFor()
    expect(await demo.page.getByTestId('losses').textContent()).toBe('1')
    expect(await expiry.getAttribute('data-expires')).toBe(before)
    await demo.command('ping').getByTestId('answer').waitFor()
    await demo.page.getByTestId('log').filter({ hasText: 'connection_lost' }).waitFor()
    expect(demo.errors).toEqual([])
  })

  it('says so when the server has forgotten the session', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    await demo.stop()
    await demo.is('reconnecting')
    await demo.start('sqlite::memory:')
    await demo.is('connected')
    await demo.page.getByTestId('back').getByText('with a new session').waitFor()
  })

  it('stops, with the reason, when the server ends the connection', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    demo.expel()
    await demo.is('stopped')
    await demo.page.getByTestId('reason').getByText('disconnected_by_server').waitFor()
    await demo.page.getByRole('button', { name: 'Connect', exact: true }).click()
    await demo.is('connected')
  })

  it('gives up on a pending command when asked to', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    await demo.stop()
    await demo.is('reconnecting')
    await demo.send('info')
    await demo.command('info').getByRole('button', { name: 'Cancel' }).click()
    const code = demo.command('info').getByTestId('error-code')
    await code.filter({ hasText: 'aborted' }).waitFor()
  })

  it('keeps its session through a reload', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    const expiry = demo.page.getByTestId('session-expiry')
    const before = await expiry.getAttribute('data-expires')
    await demo.page.reload()
    await demo.is('connected')
    expect(await expiry.getAttribute('data-expires')).toBe(before)
  })

  it('logs what happens, by kind, and clears the log', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    await demo.send('ping')
    const log = demo.page.getByTestId('log')
    await log.filter({ hasText: 'answered in' }).waitFor()
    await demo.page.getByRole('radio', { name: 'Events' }).check()
    await log.filter({ hasText: '"socketId"', hasNotText: 'answered in' }).waitFor()
    await demo.page.getByRole('button', { name: 'Clear' }).click()
    await demo.page.getByText('Nothing here yet').waitFor()
  })

  it('measures the round trip and says it in words', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    const drawing = demo.page.getByRole('img', { name: /now .+ ms, median .+ ms, worst .+ ms/ })
    await drawing.waitFor()
    const several = demo.page.getByRole('img', { name: /the last [2-9] measurements/ })
    await several.waitFor()
  })
})
