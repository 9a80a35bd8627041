import { describe, expect, it } from 'vitest'
import { expectNoFinding, looks } from './support/axe.js'
import { isSignedInAs, openDemo } from './support/openDemo.js'
import type { Demo } from './support/openDemo.js'

describe('the demo is for everybody', () => {
  it.each(looks)('no serious finding and no sideways scrolling: $name', async ({ options }) => {
    await using demo = await openDemo({ ...options, reducedMotion: 'reduce' })
    await demo.showConsole()
    await demo.is('connected')
    for (const name of ['ping', 'status', 'echo']) {
      await demo.send(name)
      await demo.command(name).getByTestId('answer').waitFor()
    }
    await expectNoFinding(demo.page)

    await demo.stop()
    await demo.page.getByTestId('next-retry').waitFor()
    await expectNoFinding(demo.page)

    await demo.toggle.click()
    await demo.is('idle')
    await demo.send('ping') // a command, because a message would wait in the outbox
    await demo.command('ping').getByTestId('error-code').waitFor()
    await demo.command('echo').getByRole('textbox').fill('{ "open": ')
    await demo.send('echo')
    await demo.page.locator('[aria-invalid=true]').waitFor()
    await expectNoFinding(demo.page)
  })

  it.each(looks)('nor with the session refused and signed in: $name', async ({ options }) => {
    await using demo = await openDemo({ ...options, reducedMotion: 'reduce' })
    await demo.showConsole()
    await demo.page.getByTestId('sessions').waitFor()
    await submitSignIn(demo, 'wrong')
    await demo.page.getByTestId('session-error').waitFor()
    await expectNoFinding(demo.page)

    await submitSignIn(demo, 'right')
    await isSignedInAs(demo.page, 'sara')
    await expectNoFinding(demo.page)
  })

  it('can be used with the keyboard alone', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    await tabTo(demo, 'Disconnect')
    await demo.page.keyboard.press('Enter')
    await demo.is('idle')
    await demo.page.keyboard.press('Enter') // the focus is still on the button, now “Connect”
    await demo.is('connected')
    await tabTo(demo, 'Send ping')
    await demo.page.keyboard.press('Space')
    await demo.command('ping').getByTestId('answer').waitFor()
    await tabTo(demo, 'Request of echo, as JSON')
    await demo.page.keyboard.press('Control+A')
    await demo.page.keyboard.type('{ "by": "keyboard" }')
    await demo.page.keyboard.press('Control+Enter')
    await demo.command('echo').getByTestId('answer').filter({ hasText: 'keyboard' }).waitFor()
  })

  it('signs in and out with the keyboard alone, and the focus stays with the session', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    await demo.page.getByLabel('User name').focus()
    await demo.page.keyboard.type('sara')
    await demo.page.keyboard.press('Tab')
    await demo.page.keyboard.type('right')
    await demo.page.keyboard.press('Enter')
    await isSignedInAs(demo.page, 'sara')
    const title = demo.page.locator('#session-title:focus')
    await title.waitFor()
    await tabTo(demo, 'Sign out')
    await demo.page.keyboard.press('Enter')
    await isSignedInAs(demo.page, null)
    await title.waitFor()
  })

  it('announces the status, and not the countdown', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    await demo.stop()
    const status = demo.status('reconnecting')
    await status.waitFor()
    await demo.page.getByTestId('next-retry').waitFor()
    expect(await status.getByTestId('next-retry').count()).toBe(0)
    const eventLog = demo.page.getByTestId('log')
    expect(await eventLog.locator('xpath=ancestor::*[@aria-live or @role="log"]').count()).toBe(0)
  })
})

/** Signs in, whatever the language of the page. */
async function submitSignIn({ page }: Demo, password: string): Promise<void> {
  await page.locator('input[name=username]').fill('sara')
  await page.locator('input[name=password]').fill(password)
  await page.locator('form:has(input[name=password]) [type=submit]').click()
}

/** Presses Tab until the control with this name has the focus. */
async function tabTo({ page }: Demo, name: string): Promise<void> {
  const limit = 60
  for (let presses = 0; presses < limit; presses++) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(() => {
      const element = document.activeElement
      return element?.getAttribute('aria-label') ?? element?.textContent.trim()
    })
    if (focused === name) return
  }
  throw new Error(`“${name}” was not reached by ${limit} times Tab`)
}
