import { describe, expect, it, vi } from 'vitest'
import { mount } from '../../../packages/vue/test/support/mount.js'
import { startServer } from '../../../packages/vue/test/support/startServer.js'
import { DeliveryLedger } from '../src/chat/deliveryLedger.js'
import { useFollowedLogs } from '../src/composables/useFollowedLogs.js'

const ROOM = 'public:lobby'

/** A page that has not read its room yet, in which others write more than a page reads at once. */
async function openPage() {
  const running = await startServer()
  const { client } = running.plugin
  await client.connect()
  const ledger = new DeliveryLedger('me')
  const { app, result } = mount(running.plugin, () => useFollowedLogs(ledger, () => undefined))
  return {
    client,
    ledger,
    logs: result,
    async publishMany() {
      for (let count = 0; count < 60; count++) await running.server.publish(ROOM, { text: 'hi' })
    },
    async [Symbol.asyncDispose]() {
      app.unmount()
      await running[Symbol.asyncDispose]()
    },
  }
}

describe('a page that counts what became of its messages', () => {
  it('asks for the part of a log that is older than what it reads, and then leaves the room', async () => {
    await using page = await openPage()
    const { client, ledger, logs } = page
    const tag = ledger.begin(ROOM)
    ledger.confirm(tag, await client.room(ROOM).send({ text: 'mine', tag }))
    await page.publishMany()
    logs.follow(ROOM)
    await vi.waitFor(() => {
      expect(ledger.score).toMatchObject({ sent: 1, delivered: 1, underWay: 0, lost: 0 })
    })
    await vi.waitFor(() => {
      expect(client.room(ROOM).isJoined).toBe(false)
    })
  })

  it('says that a message is lost if another one is in its place', async () => {
    await using page = await openPage()
    const { client, ledger, logs } = page
    const { epoch, seq } = await client.room(ROOM).send({ text: 'without a tag' })
    await page.publishMany()
    ledger.confirm(ledger.begin(ROOM), { epoch, seq })
    logs.follow(ROOM)
    await vi.waitFor(() => {
      expect(ledger.score).toMatchObject({ sent: 1, delivered: 0, underWay: 0, lost: 1 })
    })
  })

  it('stays in the room that is shown, and in no other', async () => {
    await using page = await openPage()
    const { client, ledger, logs } = page
    logs.show(ROOM)
    await client.room(ROOM).send({ text: 'hi', tag: ledger.begin(ROOM) })
    await vi.waitFor(() => {
      expect(ledger.score.delivered).toBe(1)
    })
    expect(client.room(ROOM).isJoined).toBe(true)
    logs.show('public:sleep')
    await vi.waitFor(() => {
      expect(client.room('public:sleep').isJoined).toBe(true)
      expect(client.room(ROOM).isJoined).toBe(false)
    })
  })
})
