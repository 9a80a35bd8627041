import type { Authorize } from '@yektayar/server'
import { describe, expect, it } from 'vitest'
import { chatOf } from './support/chatOf.js'
import { isSignedInAs, openDemo, signIn } from './support/openDemo.js'

/** This many numbered texts, the oldest first. */
function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `message ${index + 1}`)
}

describe('the chat of the demo', () => {
  it('shows who is there, by the same name in both windows, and who has left', async () => {
    await using demo = await openDemo({}, { limits: { presenceGraceMs: 50 } })
    const own = chatOf(demo.page)
    await own.isOpen()
    const other = chatOf(await demo.openOtherBrowser())
    await other.isOpen()
    await own.people.nth(1).waitFor()
    const names = [await own.ownName(), await other.ownName()]
    for (const { people } of [own, other]) {
      expect((await people.locator('bdi').allInnerTexts()).toSorted()).toEqual(names.toSorted())
    }

    await signIn(other.page, 'sara')
    await isSignedInAs(other.page, 'sara')
    await own.people.getByText('Sara').waitFor()
    await other.write('signed in now')
    await own.conversation.getByText('Sara').waitFor()
    expect(await other.ownName()).toBe('Sara')

    await other.page.close()
    await own.people.getByText('Sara').waitFor({ state: 'detached' })
    expect(await own.people.count()).toBe(1)
  })

  it('shows who is typing, until the message is there or the text is gone', async () => {
    await using demo = await openDemo()
    const own = chatOf(demo.page)
    const other = chatOf(await demo.openOtherBrowser())
    await Promise.all([own.isOpen(), other.isOpen()])
    const notice = other.typing.getByText(`${await own.ownName()} is typing…`)
    await own.composer.pressSequentially('he')
    await notice.waitFor()
    await own.composer.fill('')
    await notice.waitFor({ state: 'detached' })

    await own.composer.pressSequentially('hello')
    await notice.waitFor()
    await own.composer.press('Enter')
    await other.message('hello').waitFor()
    await notice.waitFor({ state: 'detached' })
    expect(await own.typing.innerText()).toBe('')
  })

  it('loads what is older when one scrolls up, in order, once, and without a jump', async () => {
    await using demo = await openDemo()
    const texts = numbered(170)
    await demo.publish('public:lobby', texts)
    await demo.page.reload()
    const own = chatOf(demo.page)
    await own.message('message 170').waitFor()
    await own.message('message 121').waitFor()
    expect(await own.texts()).toEqual(texts.slice(-50))
    expect(await own.conversation.evaluate(distanceFromEnd)).toBeLessThan(2)

    const first = own.message('message 121')
    const place = await first.evaluate((element) => {
      element.closest('[role=log]')?.scrollTo(0, 100)
      return element.getBoundingClientRect().y // measured before older messages can be loaded
    })
    await own.message('message 71').waitFor()
    expect((await first.boundingBox())?.y).toBeCloseTo(place, 0)

    for (const oldest of ['message 21', 'message 1']) {
      await own.conversation.evaluate((element) => {
        element.scrollTop = 0
      })
      await own.message(oldest).waitFor()
    }
    await own.conversation.getByText('Nothing is older than this.').waitFor()
    expect(await own.texts()).toEqual(texts)
  })

  it('leaves who reads above where they are, and offers the way to what is new', async () => {
    await using demo = await openDemo()
    await demo.publish('public:lobby', numbered(60))
    await demo.page.reload()
    const own = chatOf(demo.page)
    await own.message('message 60').waitFor()
    await own.conversation.evaluate((element) => {
      element.scrollTop -= 500
    })
    const toEnd = demo.page.getByTestId('to-end')
    await toEnd.getByText('To the newest message').waitFor()
    const place = await own.conversation.evaluate((element) => element.scrollTop)
    await demo.publish('public:lobby', ['new 1', 'new 2'])
    await toEnd.getByText('2 new messages').waitFor()
    expect(await own.conversation.evaluate((element) => element.scrollTop)).toBe(place)

    await toEnd.click()
    await toEnd.waitFor({ state: 'detached' })
    expect(await own.conversation.evaluate(distanceFromEnd)).toBeLessThan(2)
    await demo.publish('public:lobby', ['followed'])
    await own.message('followed').waitFor()
    expect(await own.conversation.evaluate(distanceFromEnd)).toBeLessThan(2)
  })

  it('keeps rooms apart, and what is being written in each', async () => {
    await using demo = await openDemo()
    const own = chatOf(demo.page)
    await own.isOpen()
    await own.write('in the lobby')
    await own.composer.fill('a draft')
    await own.enter('Sleep')
    await own.conversation.getByText('Nobody has written here yet.').waitFor()
    expect(await own.composer.inputValue()).toBe('')
    await own.write('about sleep')
    await own.message('about sleep').waitFor()

    await own.enter('Lobby')
    await own.message('in the lobby').waitFor()
    expect(await own.texts()).toEqual(['in the lobby'])
    expect(await own.composer.inputValue()).toBe('a draft')
  })

  it('has a room of one’s own, which others do not see', async () => {
    await using demo = await openDemo()
    const own = chatOf(demo.page)
    const other = chatOf(await demo.openOtherBrowser())
    for (const chat of [own, other]) {
      await chat.isOpen()
      await chat.enter('Only me')
      await chat.conversation.getByText('Nobody has written here yet.').waitFor()
    }
    await own.write('a note to myself')
    await own.message('a note to myself').waitFor()
    await other.write('another note')
    await other.message('another note').waitFor()
    expect(await own.texts()).toEqual(['a note to myself'])
    expect(await other.texts()).toEqual(['another note'])
  })

  it('says so when a room is closed to this session', async () => {
    const authorize: Authorize = (_session, _action, { name }) => name !== 'public:worries'
    await using demo = await openDemo({}, { authorize })
    const own = chatOf(demo.page)
    await own.isOpen()
    await own.enter('Worries')
    await own.conversation.getByText('This room stays closed').waitFor()
    await own.conversation.getByText('room_forbidden').waitFor()
    await own.write('not allowed')
    await own.message('not allowed', 'failed').getByText('no access to this conversation').waitFor()

    await own.enter('Lobby')
    await own.write('allowed')
    await own.message('allowed').waitFor()
  })

  it('sends with Enter, breaks the line with Shift and Enter, and refuses what is too long', async () => {
    await using demo = await openDemo()
    const own = chatOf(demo.page)
    await own.isOpen()
    await own.composer.pressSequentially('سلام')
    await own.composer.press('Shift+Enter')
    await own.composer.pressSequentially('and hello')
    await own.composer.press('Enter')
    await own.conversation.getByTestId('text').waitFor()
    expect(await own.texts()).toEqual(['سلام\nand hello'])
    expect(await own.composer.inputValue()).toBe('')

    await own.composer.press('Enter') // Enter on an empty field sends nothing
    const tooLong = 'x'.repeat(2_001)
    await own.write(tooLong)
    await demo.page.getByText('One character too many').waitFor()
    expect(await own.composer.getAttribute('aria-invalid')).toBe('true')
    expect(await own.composer.inputValue()).toBe(tooLong)
    await own.write('x'.repeat(2_000))
    await own.hasDelivered(2)
    expect(await own.composer.inputValue()).toBe('')
  })

  it('does not send what an input method has not finished', async () => {
    await using demo = await openDemo()
    const own = chatOf(demo.page)
    await own.isOpen()
    await own.composer.fill('nihao')
    await own.composer.evaluate((element) => {
      const key = { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }
      element.dispatchEvent(new KeyboardEvent('keydown', key))
    })
    expect(await own.composer.inputValue()).toBe('nihao')
    await own.composer.press('Enter')
    await own.message('nihao').waitFor()
    expect(await own.texts()).toEqual(['nihao'])
  })
})

function distanceFromEnd({ scrollHeight, scrollTop, clientHeight }: Element): number {
  return scrollHeight - scrollTop - clientHeight
}
