import { describe, expect, it } from 'vitest'
import { DeliveryLedger } from '../src/chat/deliveryLedger.js'
import type { ReadLog, Score } from '../src/chat/deliveryLedger.js'

const ROOM = 'public:lobby'
const clean = { underWay: 0, failed: 0, lost: 0, doubled: 0, outOfOrder: 0 }

/** A log from number 1 on; a part is the tag of a message, or `null` for somebody else's. */
function logOf(tags: readonly (string | null)[], epoch = 'a'): ReadLog {
  const messages = tags.map((tag, index) => ({
    id: `${epoch}${index + 1}`,
    seq: index + 1,
    tag: tag ?? undefined,
  }))
  return { epoch, end: tags.length, messages }
}

/** A ledger whose page has sent some messages, with their tags. */
function sentBy(count: number): { ledger: DeliveryLedger; tags: string[] } {
  const ledger = new DeliveryLedger('me')
  return { ledger, tags: Array.from({ length: count }, () => ledger.begin(ROOM)) }
}

function scoreOf(ledger: DeliveryLedger): Score {
  return ledger.score
}

describe('the scoreboard', () => {
  it('counts a message as delivered once its tag is in the log, and not by the answer alone', () => {
    const { ledger, tags } = sentBy(2)
    expect(scoreOf(ledger)).toEqual({ ...clean, sent: 2, delivered: 0, underWay: 2 })
    ledger.confirm(tags[0] ?? '', { epoch: 'a', seq: 1 })
    expect(scoreOf(ledger)).toMatchObject({ delivered: 0, underWay: 2, lost: 0 })
    expect(ledger.isSettled(ROOM)).toBe(false)
    ledger.read(ROOM, logOf([...tags]))
    ledger.read(ROOM, logOf([...tags]))
    expect(scoreOf(ledger)).toEqual({ ...clean, sent: 2, delivered: 2 })
    expect(ledger.isSettled(ROOM)).toBe(true)
  })

  it('does not mistake the messages of other pages for its own', () => {
    const { ledger } = sentBy(1)
    ledger.read(ROOM, logOf(['other.1', 'me2.1', 'me', null]))
    expect(scoreOf(ledger)).toEqual({ ...clean, sent: 1, delivered: 0, underWay: 1 })
  })

  it('sees a message that was confirmed and is missing from the log', () => {
    const { ledger, tags } = sentBy(2)
    ledger.confirm(tags[0] ?? '', { epoch: 'a', seq: 1 })
    ledger.confirm(tags[1] ?? '', { epoch: 'a', seq: 2 })
    ledger.read(ROOM, logOf([null, tags[1] ?? '']))
    expect(scoreOf(ledger)).toEqual({ ...clean, sent: 2, delivered: 1, lost: 1 })
  })

  it('does not call lost what the log was not read up to, nor what is older than its part', () => {
    const { ledger, tags } = sentBy(2)
    ledger.confirm(tags[0] ?? '', { epoch: 'a', seq: 3 })
    ledger.confirm(tags[1] ?? '', { epoch: 'a', seq: 9 })
    const [, , , ...part] = logOf([null, null, null, null, null]).messages
    ledger.read(ROOM, { epoch: 'a', end: 5, messages: part })
    expect(scoreOf(ledger)).toMatchObject({ underWay: 2, lost: 0 })
  })

  it('asks for the part of the log where an older message should be, and believes only that', () => {
    const { ledger, tags } = sentBy(3)
    tags.forEach((tag, index) => {
      ledger.confirm(tag, { epoch: 'a', seq: index + 1 })
    })
    const [first, second, third, ...newest] = logOf([...tags, null, null]).messages
    expect(ledger.unreadPlace(ROOM)).toBeUndefined()
    ledger.read(ROOM, { epoch: 'a', end: 5, messages: newest })
    expect(ledger.unreadPlace(ROOM)).toEqual({ epoch: 'a', seq: 3 })
    expect(ledger.unreadPlace('public:sleep')).toBeUndefined()

    if (!first || !second || !third) throw new Error('The log has five messages')
    ledger.readPart(ROOM, { epoch: 'a', messages: [{ ...second, tag: undefined }, third] })
    expect(scoreOf(ledger)).toMatchObject({ delivered: 1, lost: 1, underWay: 1 })
    expect(ledger.unreadPlace(ROOM)).toEqual({ epoch: 'a', seq: 1 })
    ledger.readPart(ROOM, { epoch: 'a', messages: [first] })
    expect(scoreOf(ledger)).toEqual({ ...clean, sent: 3, delivered: 2, lost: 1 })
    expect(ledger.isSettled(ROOM)).toBe(true)
  })

  it('sees a message that was confirmed in a log which another one has replaced', () => {
    const { ledger, tags } = sentBy(2)
    ledger.read(ROOM, logOf([null]))
    ledger.confirm(tags[0] ?? '', { epoch: 'a', seq: 2 })
    ledger.confirm(tags[1] ?? '', { epoch: 'b', seq: 1 })
    expect(scoreOf(ledger)).toMatchObject({ underWay: 2, lost: 0 })
    ledger.read(ROOM, logOf([tags[1] ?? ''], 'b'))
    expect(scoreOf(ledger)).toEqual({ ...clean, sent: 2, delivered: 1, lost: 1 })
  })

  it('sees a message that the log contains twice, also under another id', () => {
    const { ledger, tags } = sentBy(2)
    ledger.read(ROOM, logOf([...tags, tags[0] ?? '']))
    expect(scoreOf(ledger)).toMatchObject({ sent: 2, delivered: 2, doubled: 1 })
    ledger.read(ROOM, logOf([...tags, tags[0] ?? '']))
    expect(scoreOf(ledger).doubled).toBe(1)
  })

  it('sees somebody else’s message that has one id in two places', () => {
    const { ledger } = sentBy(0)
    const { messages } = logOf([null, null, null])
    const copied = messages.map((message, index) => ({
      ...message,
      id: index === 2 ? 'a1' : message.id,
    }))
    ledger.read(ROOM, { epoch: 'a', end: 3, messages: copied })
    expect(scoreOf(ledger)).toEqual({ ...clean, sent: 0, delivered: 0, doubled: 1 })
  })

  it('sees a gap in the log, and messages that changed places', () => {
    const { ledger, tags } = sentBy(3)
    const { messages } = logOf([null, null, null, null])
    ledger.read(ROOM, { epoch: 'a', end: 4, messages: messages.filter(({ seq }) => seq !== 2) })
    expect(scoreOf(ledger)).toMatchObject({ outOfOrder: 1 })
    ledger.read(ROOM, logOf([null, null, null, null, ...tags.toReversed()]))
    expect(scoreOf(ledger)).toMatchObject({ delivered: 3, outOfOrder: 3 })
  })

  it('keeps the order of each room apart', () => {
    const { ledger, tags } = sentBy(1)
    const elsewhere = ledger.begin('public:sleep')
    ledger.read('public:sleep', logOf([elsewhere]))
    ledger.read(ROOM, logOf([...tags]))
    expect(scoreOf(ledger)).toEqual({ ...clean, sent: 2, delivered: 2 })
  })

  it('counts what has failed, unless the log shows that it arrived all the same', () => {
    const { ledger, tags } = sentBy(2)
    for (const tag of tags) ledger.fail(tag)
    expect(scoreOf(ledger)).toEqual({ ...clean, sent: 2, delivered: 0, failed: 2 })
    expect(ledger.isSettled(ROOM)).toBe(true)
    ledger.read(ROOM, logOf([tags[0] ?? '']))
    expect(scoreOf(ledger)).toEqual({ ...clean, sent: 2, delivered: 1, failed: 1 })
  })

  it('lets a reader send again what has failed, later and at most as often as they did', () => {
    const { ledger, tags } = sentBy(2)
    const [first = '', second = ''] = tags
    ledger.fail(first)
    ledger.repeat(first)
    expect(scoreOf(ledger)).toMatchObject({ sent: 2, underWay: 2, failed: 0 })
    ledger.read(ROOM, logOf([second, first, first]))
    expect(scoreOf(ledger)).toEqual({ ...clean, sent: 2, delivered: 2 })
    ledger.read(ROOM, logOf([second, first, first, first]))
    expect(scoreOf(ledger)).toMatchObject({ doubled: 1 })
  })

  it('remembers a bounded number of messages and goes on counting', () => {
    const { ledger, tags } = sentBy(2_000)
    ledger.read(ROOM, logOf(tags))
    for (let count = 0; count < 100; count++) ledger.begin(ROOM)
    expect(scoreOf(ledger)).toEqual({ ...clean, sent: 2_100, delivered: 2_000, underWay: 100 })
  })
})
