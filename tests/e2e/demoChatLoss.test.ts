import { describe, expect, it } from 'vitest'
import { chatOf } from './support/chatOf.js'
import { openDemo } from './support/openDemo.js'
import { outboxKeeps } from './support/outboxKeeps.js'
import { watchPolicy } from './support/watchPolicy.js'

/** The demo in two browsers, so in two sessions, with the same room open in both. */
async function openTwo() {
  const demo = await openDemo()
  const [own, other] = [chatOf(demo.page), chatOf(await demo.openOtherBrowser())]
  await Promise.all([own.isOpen(), other.isOpen()])
  return { demo, own, other, [Symbol.asyncDispose]: () => demo[Symbol.asyncDispose]() }
}

describe('nothing gets lost in the chat of the demo', () => {
  it('shows each message once and in the same order in both windows, through a restart of the server', async () => {
    await using scene = await openTwo()
    const { demo, own, other } = scene
    const written: string[] = []
    const bothWrite = async (when: string): Promise<void> => {
      for (const number of ['1', '2', '3']) {
        const texts = [`own ${when} ${number}`, `other ${when} ${number}`] as const
        await Promise.all([own.write(texts[0]), other.write(texts[1])])
        written.push(...texts)
      }
    }

    await bothWrite('before')
    const stopped = demo.stop()
    await bothWrite('while it stops')
    await stopped
    await bothWrite('while it is gone')
    const started = demo.start()
    await bothWrite('while it starts')
    await started
    await bothWrite('after')

    await Promise.all([own.hasDelivered(written.length), other.hasDelivered(written.length)])
    const shown = await own.texts()
    expect(await other.texts()).toEqual(shown)
    expect(shown.toSorted()).toEqual(written.toSorted())
    for (const author of ['own ', 'other ']) {
      const isTheirs = (text: string): boolean => text.startsWith(author)
      expect(shown.filter(isTheirs)).toEqual(written.filter(isTheirs))
    }
    expect(demo.errors).toEqual([])
  })

  it('delivers once what was written without a network', async () => {
    await using scene = await openTwo()
    const { demo, own, other } = scene
    await demo.page.context().setOffline(true)
    await own.is('offline')
    await own.write('written offline')
    await own.message('written offline', 'sending').waitFor()
    await demo.page.getByText('One message waits for the connection.').waitFor()
    await other.write('meanwhile')
    await other.message('meanwhile').waitFor()

    await demo.page.context().setOffline(false)
    await own.message('written offline').waitFor()
    // It also counts the own message if that arrived first.
    await own.continuity.getByText(/caught up/).waitFor()
    await own.write('the end')
    await other.message('the end').waitFor()
    expect(await other.texts()).toEqual(['meanwhile', 'written offline', 'the end'])
    expect(await own.texts()).toEqual(await other.texts())
  })

  it('delivers once what was written before a reload, from an outbox that the policy allows', async () => {
    await using scene = await openTwo()
    const { demo, own, other } = scene
    const complaints = watchPolicy(demo.page)
    await demo.toggle.click()
    await own.is('idle')
    await own.write('written before the reload')
    await own.message('written before the reload', 'sending').waitFor()
    await outboxKeeps(demo.page)

    await demo.page.reload()
    await own.message('written before the reload').waitFor()
    await own.write('the end')
    await other.message('the end').waitFor()
    expect(await other.texts()).toEqual(['written before the reload', 'the end'])
    expect(complaints).toEqual([])
  })

  it('says what failed with its session, and sends it again or discards it as its reader wants', async () => {
    await using scene = await openTwo()
    const { demo, own, other } = scene
    await demo.stop()
    await own.is('reconnecting')
    await own.write('to be sent again')
    await own.write('to be discarded')
    await demo.start('sqlite::memory:') // the new store knows neither the session nor the room

    const failed = own.message('to be sent again', 'failed')
    await failed.getByText('Not delivered: Your session has ended.').waitFor()
    await own.press('Discard: to be discarded')
    await own.press('Send again: to be sent again')
    await own.message('to be sent again').waitFor()
    await other.message('to be sent again').waitFor()
    expect(await own.texts()).toEqual(['to be sent again'])
    expect(await other.texts()).toEqual(['to be sent again'])
  })

  it('says so where there is a gap that cannot be filled', async () => {
    await using scene = await openTwo()
    const { demo, own } = scene
    await own.write('in the old log')
    await own.message('in the old log').waitFor()
    await demo.stop()
    await own.is('reconnecting')
    await demo.start('sqlite::memory:')
    await own.continuity.getByText('There is a gap here').waitFor()
    expect(await own.texts()).toEqual([])
  })

  it('catches up, and delivers once, after its connection is cut', async () => {
    await using scene = await openTwo()
    const { demo, own, other } = scene
    await own.press('Cut the connection')
    await own.write('from the one that was cut')
    await other.write('to the one that was cut')
    await Promise.all([own.hasDelivered(2), other.hasDelivered(2)])
    expect(await own.texts()).toEqual(await other.texts())
    await own.report.getByText('back by itself.').waitFor()
    expect(await demo.page.getByTestId('losses').textContent()).toBe('1')
  })

  it('finds and fetches what arrived while it did not read', async () => {
    await using scene = await openTwo()
    const { demo, own, other } = scene
    await own.press('Stop reading')
    await other.write('not read 1')
    await other.write('not read 2')
    await other.hasDelivered(2)
    expect(await own.texts()).toEqual([])
    await own.press('Read again')
    await own.hasDelivered(2)
    await own.report.getByText('Reading again.').waitFor()
    expect(await own.texts()).toEqual(['not read 1', 'not read 2'])
    expect(await demo.page.getByTestId('losses').textContent()).toBe('0')
  })

  it('delivers once what was sent while it did not read the answers', async () => {
    await using scene = await openTwo()
    const { own, other } = scene
    await own.press('Stop reading')
    await own.write('sent into the dark')
    await other.message('sent into the dark').waitFor()
    await own.message('sent into the dark', 'sending').waitFor()
    await own.press('Cut the connection')
    await own.message('sent into the dark').waitFor()
    await own.write('the end')
    await other.message('the end').waitFor()
    expect(await other.texts()).toEqual(['sent into the dark', 'the end'])
  })

  it('keeps what was delivered when its session ends, and goes on as somebody new', async () => {
    await using scene = await openTwo()
    const { demo, own, other } = scene
    // It must not learn of the delivery before the session ends.
    await own.press('Stop reading')
    await own.write('from the session before')
    await other.message('from the session before').waitFor()
    await own.press('End the session')
    await own.report.getByText('That session is over.').waitFor()
    await own.message('from the session before').waitFor()
    await own.write('from the session after')
    await own.hasDelivered(2)
    await other.hasDelivered(2)

    const both = ['from the session before', 'from the session after'] as const
    expect(await own.texts()).toEqual(both)
    expect(await other.texts()).toEqual(both)
    await own.message(both[0]).and(own.page.locator('[data-own=false]')).waitFor()
    expect(demo.errors).toEqual([])
  })
})
