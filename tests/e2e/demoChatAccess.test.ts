import { describe, expect, it } from 'vitest'
import { expectNoFinding, looks } from './support/axe.js'
import { openDemo } from './support/openDemo.js'

describe('the chat of the demo is for everybody', () => {
  it.each(looks)('no serious finding, whatever happens: $name', async ({ options }) => {
    await using demo = await openDemo({ ...options, reducedMotion: 'reduce' })
    const { page } = demo
    const composer = page.locator('.composer textarea')
    const messages = page.getByTestId('message')
    const status = (wanted: string) =>
      page.locator(`[data-testid=chat-status][data-status=${wanted}]`)
    await page.getByTestId('empty').waitFor()
    await expectNoFinding(page)

    await demo.publish('public:lobby', ['Good evening', 'شب به‌خیر', 'x'.repeat(300)])
    await composer.fill('سلام')
    await composer.press('Enter')
    await messages.nth(3).waitFor()
    await expectNoFinding(page)

    await demo.stop()
    await status('reconnecting').waitFor()
    await composer.fill('Written without a server')
    await composer.press('Enter')
    await page.locator('[data-state=sending]').first().waitFor()
    await composer.fill('x'.repeat(2_001))
    await expectNoFinding(page)

    await demo.start('sqlite::memory:')
    await page.locator('[data-state=failed]').first().waitFor()
    await page.getByTestId('continuity').waitFor()
    await page
      .getByTestId('fault-report')
      .locator('xpath=ancestor::section')
      .getByRole('button')
      .first()
      .click()
    await expectNoFinding(page)
  })

  it('shows one side at a time on a narrow page, and both on a wide one', async () => {
    await using demo = await openDemo({ viewport: { width: 390, height: 844 } })
    const { page } = demo
    const conversation = page.getByTestId('conversation')
    await conversation.waitFor()
    expect(await demo.toggle.isVisible()).toBe(false)
    await page.getByRole('radio', { name: 'Console' }).check()
    await demo.toggle.waitFor()
    expect(await conversation.isVisible()).toBe(false)

    await page.getByRole('radio', { name: 'Chat' }).check()
    await page.keyboard.press('Home')
    await page.getByRole('link', { name: 'Skip to the commands' }).focus()
    await page.keyboard.press('Enter')
    await page.locator('#commands:focus').waitFor()
    await page.setViewportSize({ width: 1280, height: 900 })
    await conversation.waitFor()
    await demo.toggle.waitFor()
  })

  it('keeps the place in the conversation while the console is looked at', async () => {
    await using demo = await openDemo({ viewport: { width: 390, height: 844 } })
    const { page } = demo
    const conversation = page.getByTestId('conversation')
    await demo.publish(
      'public:lobby',
      Array.from({ length: 120 }, (_, index) => `${index + 1}`),
    )
    await page.reload()
    await page.getByText('120', { exact: true }).waitFor()
    await conversation.evaluate((element) => {
      element.scrollTop -= 600
    })
    const place = await conversation.evaluate((element) => element.scrollTop)
    await page.getByTestId('to-end').waitFor()
    await page.getByRole('radio', { name: 'Console' }).check()
    await demo.publish('public:lobby', ['meanwhile'])
    await conversation.getByText('meanwhile').waitFor({ state: 'attached' })

    await page.getByRole('radio', { name: 'Chat' }).check()
    await page.getByTestId('to-end').getByText('One new message').waitFor()
    expect(await conversation.evaluate((element) => element.scrollTop)).toBe(place)
    expect(await page.getByTestId('message').count()).toBe(51) // no older messages were loaded
  })

  it('connects from the chat where the console is out of sight', async () => {
    await using demo = await openDemo({ viewport: { width: 390, height: 844 } })
    const status = demo.page.getByTestId('chat-status')
    await status.getByText('Connected').waitFor()
    demo.expel()
    await status.getByRole('button', { name: 'Connect' }).click()
    await status.getByText('Connected').waitFor()
  })

  it('can be used with the keyboard alone', async () => {
    await using demo = await openDemo()
    const { page } = demo
    await demo.is('connected')
    await page.getByRole('radio', { name: 'Lobby' }).focus()
    await page.keyboard.press('ArrowRight')
    expect(await page.getByRole('radio', { name: 'Sleep' }).isChecked()).toBe(true)
    await page.keyboard.press('Tab')
    await page.locator('[role=log]:focus').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.type('from the keyboard')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter') // presses the button beside the field
    await page.getByTestId('message').getByText('from the keyboard').waitFor()
    await page.getByRole('button', { name: 'Cut the connection' }).focus()
    await page.keyboard.press('Space')
    await page.getByTestId('chat-status').getByText('No network').waitFor()
    await page.keyboard.press('Space') // the focus is still on the button, now “Reconnect”
    await page.getByTestId('fault-report').getByText('back by itself.').waitFor()
  })
})
