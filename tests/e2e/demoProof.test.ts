import type { Page } from 'playwright-core'
import { describe, expect, it, vi } from 'vitest'
import { chatOf } from './support/chatOf.js'
import { isSignedInAs, openDemo, signIn } from './support/openDemo.js'

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
const laptop = { viewport: { width: 1280, height: 800 } }
const clean = { lost: 0, doubled: 0, outOfOrder: 0 }

describe('the scoreboard of the demo', () => {
  it('counts by the log, goes on through every fault, and begins anew with a reload', async () => {
    await using demo = await openDemo()
    const own = chatOf(demo.page)
    const other = chatOf(await demo.openOtherBrowser())
    await Promise.all([own.isOpen(), other.isOpen()])
    await hasScore(demo.page, { sent: 0, delivered: 0, ...clean })
    await own.write('at first')
    await other.write('not counted here')
    await hasScore(demo.page, { sent: 1, delivered: 1, ...clean })

    await own.press('Stop reading')
    await own.write('while nothing is read')
    await other.message('while nothing is read').waitFor()
    await hasScore(demo.page, { sent: 2, delivered: 1, ...clean })
    await demo.page.getByText('One is under way.').waitFor()
    await own.press('Cut the connection')
    await own.write('while it is cut')
    await hasScore(demo.page, { sent: 3, delivered: 1, ...clean })
    await own.press('Reconnect')
    await hasScore(demo.page, { sent: 3, delivered: 3, ...clean })

    const stopped = demo.stop()
    await own.write('while the server stops')
    await stopped
    await demo.start()
    await hasScore(demo.page, { sent: 4, delivered: 4, ...clean })
    await own.is('connected')
    await own.press('End the session')
    await own.page.getByTestId('identity-line').waitFor()
    await own.write('from the session after')
    await hasScore(demo.page, { sent: 5, delivered: 5, ...clean })
    await hasScore(other.page, { sent: 1, delivered: 1, ...clean })

    await demo.page.reload()
    await own.hasDelivered(6)
    await hasScore(demo.page, { sent: 0, delivered: 0, ...clean })
    expect(demo.errors).toEqual([])
  })

  it('follows a message into a room that is not shown any more', async () => {
    await using demo = await openDemo()
    const own = chatOf(demo.page)
    await own.isOpen()
    await own.press('Stop reading')
    await own.write('for the lobby')
    await own.enter('Sleep')
    await hasScore(demo.page, { sent: 1, delivered: 0, ...clean })
    await own.press('Read again')
    await hasScore(demo.page, { sent: 1, delivered: 1, ...clean })
  })

  it('counts what failed as neither sent in vain nor lost, and as delivered once it is sent again', async () => {
    await using demo = await openDemo()
    const own = chatOf(demo.page)
    await own.isOpen()
    await demo.stop()
    await own.is('reconnecting')
    await own.write('to be sent again')
    await demo.start('sqlite::memory:') // the new store does not know the session
    await own.message('to be sent again', 'failed').waitFor()
    await demo.page.getByText('One was not delivered, and says so.').waitFor()
    await hasScore(demo.page, { sent: 1, delivered: 0, ...clean })
    await own.press('Send again: to be sent again')
    await hasScore(demo.page, { sent: 1, delivered: 1, ...clean })
  })
})

describe('the faults of the demo', () => {
  it('are named where they are: nothing is read, for so long, and not “Live”', async () => {
    await using demo = await openDemo()
    const own = chatOf(demo.page)
    await own.isOpen()
    await demo.page.getByText('Live: answers and events arrive.').waitFor()
    await own.press('Stop reading')
    const status = demo.page.getByTestId('chat-status')
    await status.getByText(/^Nothing is read: \d+ s left$/).waitFor()
    expect(await demo.status('connected').innerText()).toMatch(/^Nothing is read/)
    expect(await demo.page.getByText('Live:').count()).toBe(0)
    await vi.waitFor(async () => {
      expect(await demo.page.title()).toMatch(/^Nothing is read/)
    })
    await demo.page.getByTestId('log').getByText('You stopped reading').waitFor()
    await demo.page
      .getByTestId('fault-left')
      .getByText(/^\d+ s$/)
      .waitFor()

    await own.press('Read again')
    await status.getByText('Connected', { exact: true }).waitFor()
    await demo.page.getByText('Live: answers and events arrive.').waitFor()

    await own.press('Cut the connection')
    await status.getByText(/^No network: \d s left$/).waitFor()
    await own.press('Reconnect')
    await status.getByText('Connected', { exact: true }).waitFor()
    await demo.page.getByTestId('log').getByText('You cut the connection').waitFor()
  })

  it('can be watched from a second window', async () => {
    await using demo = await openDemo()
    const own = chatOf(demo.page)
    await own.isOpen()
    const opened = demo.page.context().waitForEvent('page')
    await own.press('Second window')
    const second = chatOf(await opened)
    await second.isOpen()
    await own.write('from the first')
    await second.message('from the first').waitFor()
    await second.write('from the second')
    await own.message('from the second').waitFor()
    await hasScore(second.page, { sent: 1, delivered: 1, ...clean })
    expect(await second.texts()).toEqual(await own.texts())
  })

  it('are told in the chat where they make the page somebody else', async () => {
    await using demo = await openDemo()
    const own = chatOf(demo.page)
    await own.isOpen()
    const before = await own.ownName()
    const line = demo.page.getByTestId('identity-line')
    await own.press('End the session')
    await line.getByText(`What ${before} wrote stays under that name.`).waitFor()
    await line.getByText(`you are ${await own.ownName()} now`).waitFor()

    await signIn(demo.page, 'sara')
    await isSignedInAs(demo.page, 'sara')
    await line.getByText('Signed in: you are Sara now.').waitFor()
  })
})

describe('the page of the demo fits its screen', () => {
  it('on a laptop: the chat to the bottom, the log and sign-in with its users in sight', async () => {
    await using demo = await openDemo(laptop)
    const own = chatOf(demo.page)
    await own.isOpen()
    const chat = await demo.page.locator('section.chat').boundingBox()
    expect((chat?.y ?? 0) + (chat?.height ?? 0)).toBeGreaterThan(800 - 40)
    const tools = demo.page.locator('.proof').getByRole('button')
    const omid = demo.page.getByRole('button', { name: 'Omid' })
    const submit = demo.page.getByRole('button', { name: 'Sign in' })
    for (const seen of [own.composer, tools.last(), omid, submit, demo.page.getByTestId('log')]) {
      expect(await isInSight(seen, 800)).toBe(true)
    }
  })

  it('on a phone: score, tools and composer at once, the log one touch away', async () => {
    await using demo = await openDemo(phone)
    const own = chatOf(demo.page)
    await own.isOpen()
    const tools = demo.page.locator('.proof').getByRole('button')
    expect(await tools.count()).toBe(4)
    for (const seen of [demo.page.getByTestId('score'), tools.last(), own.composer]) {
      expect(await isInSight(seen, 844)).toBe(true)
    }
    expect((await own.conversation.boundingBox())?.height).toBeGreaterThan(200)
    await own.press('Stop reading')
    await demo.page.locator('.proof summary').getByText('You stopped reading').tap()
    await demo.page.locator('.proof ol').getByText('You stopped reading').waitFor()
    await own.composer.tap() // outside of the log, which closes
    await demo.page.locator('.proof details:not([open])').waitFor()

    await demo.page.getByRole('button', { name: 'Sign in' }).tap()
    await demo.page.locator('#session-title:focus').waitFor()
    expect(await isInSight(demo.page.getByRole('button', { name: 'Omid' }), 844)).toBe(true)
  })
})

it('a Persian message that begins with an English word is written from right to left', async () => {
  await using demo = await openDemo()
  const own = chatOf(demo.page)
  await own.isOpen()
  await own.write('YektaYar را نصب کردم')
  await own.write('سلام means hello in Persian')
  await own.hasDelivered(2)
  const directions = await own.conversation
    .getByTestId('text')
    .evaluateAll((all) => all.map((text) => getComputedStyle(text).direction))
  expect(directions).toEqual(['rtl', 'ltr'])
})

/** Waits until the page shows this score; a failure shows the actual one. */
async function hasScore(page: Page, wanted: Readonly<Record<string, number>>): Promise<void> {
  await vi.waitFor(
    async () => {
      const actual: Record<string, number> = {}
      for (const name of Object.keys(wanted)) {
        const figure = page.getByTestId(`score-${name}`)
        actual[name] = Number(await figure.getAttribute('data-value'))
      }
      expect(actual).toEqual(wanted)
    },
    { timeout: 20_000, interval: 100 },
  )
}

/** Whether an element is inside of a window of this height, without scrolling. */
async function isInSight(
  element: ReturnType<Page['getByTestId']>,
  height: number,
): Promise<boolean> {
  const box = await element.boundingBox()
  return box !== null && box.y >= 0 && box.y + box.height <= height
}
