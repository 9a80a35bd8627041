import { describe, expect, it } from 'vitest'
import { openDemo } from './support/openDemo.js'
import type { Demo } from './support/openDemo.js'
import { watchPolicy } from './support/watchPolicy.js'

describe('the page of the demo', () => {
  it('switches between English and Persian and remembers that', async () => {
    await using demo = await openDemo()
    await demo.is('connected')
    expect(await languageOf(demo)).toEqual(['en', 'ltr'])
    await demo.page.getByRole('button', { name: 'فارسی' }).click()
    expect(await languageOf(demo)).toEqual(['fa', 'rtl'])
    await demo.status('connected').getByText('متصل', { exact: true }).waitFor()

    await demo.page.reload()
    await demo.is('connected')
    expect(await languageOf(demo)).toEqual(['fa', 'rtl'])
    expect(await demo.page.getByTestId('session-expiry').innerText()).toMatch(/[۰-۹]/)
    await demo.page.getByRole('button', { name: 'English' }).click()
    expect(await languageOf(demo)).toEqual(['en', 'ltr'])
  })

  it('starts in the language of the browser', async () => {
    await using demo = await openDemo({ locale: 'fa-IR' })
    await demo.is('connected')
    expect(await languageOf(demo)).toEqual(['fa', 'rtl'])
    await demo.send('ping')
    const answer = demo.command('ping').getByTestId('answer')
    await answer.waitFor()
    expect(await answer.evaluate((element) => getComputedStyle(element).direction)).toBe('ltr')
    expect(await answer.innerText()).not.toMatch(/[۰-۹]/)
  })

  it('follows the theme of the system, or of a remembered choice without a flash', async () => {
    await using demo = await openDemo({ colorScheme: 'dark' })
    const dark = await backgroundOf(demo)
    await demo.page.emulateMedia({ colorScheme: 'light' })
    await demo.page.locator('html[data-theme=light]').waitFor()
    expect(await backgroundOf(demo)).not.toBe(dark)

    await demo.page.getByRole('radio', { name: 'Dark' }).check()
    await demo.page.locator('html[data-theme=dark]').waitFor()
    expect(await backgroundOf(demo)).toBe(dark)
    // Blocks the app, so that only the script before the first paint runs.
    await demo.page.route('**/assets/*.js', (route) => route.abort())
    await demo.page.reload()
    expect(await backgroundOf(demo)).toBe(dark)
  })

  it('runs under the content security policy that the server gives it', async () => {
    await using demo = await openDemo()
    const complaints = watchPolicy(demo.page)
    const transports: string[] = []
    demo.page.on('websocket', (socket) => transports.push(new URL(socket.url()).protocol))
    const response = await demo.page.reload()
    expect(response?.headers()['content-security-policy']).toContain("default-src 'self'")
    await demo.is('connected')
    await demo.send('echo')
    await demo.command('echo').getByTestId('answer').waitFor()
    await demo.page.getByRole('button', { name: 'فارسی' }).click()
    await demo.page.getByRole('radio', { name: 'تیره' }).check()
    await demo.stop()
    await demo.page.getByTestId('next-retry').waitFor()
    expect(transports[0]).toBe('ws:')
    expect(complaints).toEqual([])
  })
})

function languageOf({ page }: Demo): Promise<string[]> {
  return page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])
}

function backgroundOf({ page }: Demo): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
}
