import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { runProcess } from '../support/runProcess.js'
import { launchChromium } from './support/launchChromium.js'
import { isSignedInAs, openDemo, signIn } from './support/openDemo.js'

const cli = join(import.meta.dirname, '../../packages/server/dist/standalone/cli.js')

describe('the session on the demo', () => {
  it('is signed in on one connection, and in and out in the other tab as well', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    const other = await demo.openTab()
    const before = await socketId(demo.page)

    await signIn(demo.page, 'sara')
    await isSignedInAs(demo.page, 'sara')
    await demo.page.getByText('The connection went on, and so did the session.').waitFor()
    expect(await socketId(demo.page)).toBe(before)
    expect(await demo.page.getByTestId('losses').textContent()).toBe('0')
    await isSignedInAs(other, 'sara')
    await other.getByRole('button', { name: 'Sign out' }).click()
    await isSignedInAs(other, null)
    await isSignedInAs(demo.page, null)

    expect(demo.errors).toEqual([])
  })

  it('is ended from the list in another browser, and a fresh one takes its place', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    await signIn(demo.page, 'sara')
    await isSignedInAs(demo.page, 'sara')
    const other = await demo.openOtherBrowser()
    await signIn(other, 'sara')
    const rows = other.getByTestId('sessions').getByRole('listitem')
    await rows.nth(1).waitFor()
    expect(await rows.filter({ hasText: 'This browser' }).count()).toBe(1)
    expect(await rows.first().innerText()).toContain('Chrome · ')

    await rows.filter({ hasNotText: 'This browser' }).getByRole('button').click()
    await other.getByText('That session is over.').waitFor()
    await rows.nth(1).waitFor({ state: 'detached' })
    await isSignedInAs(demo.page, null)
    await demo.page.getByText('A fresh one takes its place.').waitFor()
    await demo.is('connected')
    await isSignedInAs(other, 'sara')
  })

  it('is over for good when it is ended on its own page, until that connects anew', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    await demo.page.getByRole('button', { name: /^End the session on Chrome/ }).click()
    await demo.is('stopped')
    await demo.page.getByTestId('reason').getByText('session_ended').waitFor()
    await demo.toggle.click()
    await demo.is('connected')
    await demo.page.getByTestId('sessions').getByText('This browser').waitFor()
  })

  it('stays signed in through a reload', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    await signIn(demo.page, 'omid')
    await isSignedInAs(demo.page, 'omid')
    await demo.page.reload()
    await demo.is('connected')
    await isSignedInAs(demo.page, 'omid')
    expect(await demo.page.getByLabel('Password').count()).toBe(0)
  })

  it('is renewed at the press of a button', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    const expiry = demo.page.getByTestId('session-expiry')
    const before = await expiry.getAttribute('data-expires')
    await demo.page.getByRole('button', { name: 'Renew' }).click()
    await demo.page.getByText('Renewed: a later end, and a new token.').waitFor()
    expect(await expiry.getAttribute('data-expires')).not.toBe(before)
  })

  it('says by its code why it was not signed in, and gives the password back to be mended', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    await signIn(demo.page, 'sara', 'wrong')
    const alert = demo.page.getByRole('alert')
    await alert.getByText('User name or password is wrong.').waitFor()
    await alert.getByText('unauthorized').waitFor()
    const password = demo.page.getByLabel('Password')
    expect(await password.evaluate((field) => field === document.activeElement)).toBe(true)
    await demo.page.keyboard.type('right')
    await demo.page.keyboard.press('Enter')
    await isSignedInAs(demo.page, 'sara')
  })

  it('is not signed in with half of a form, and says which half', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    await signIn(demo.page, 'sara', '')
    const invalid = demo.page.locator('[aria-invalid=true]')
    expect(await invalid.getAttribute('name')).toBe('password')
    await demo.page.getByText('Fill in both.').waitFor()
  })
})

it('the ready server knows the users that its demo offers', async () => {
  const { PATH } = process.env
  const env = {
    PATH,
    DATABASE_URL: 'sqlite::memory:',
    HOST: '127.0.0.1',
    PORT: '0',
    NODE_ENV: 'development',
  }
  await using running = runProcess(process.execPath, [cli], { env })
  const url = await running.printed(/running at (\S+)/)
  const browser = await launchChromium()
  try {
    const page = await browser.newPage({ locale: 'en-GB' })
    await page.goto(url)
    for (const name of ['Sara', 'Omid']) {
      await page.getByRole('button', { name: new RegExp(`^${name}`) }).click()
      await page.keyboard.press('Enter') // the focus has moved to “Sign in”
      await isSignedInAs(page, name.toLowerCase())
      await page.getByRole('button', { name: 'Sign out' }).click()
      await isSignedInAs(page, null)
    }
  } finally {
    await browser.close()
  }
})

async function socketId(page: Page): Promise<string | null> {
  return page.getByTestId('socket-id').textContent()
}
