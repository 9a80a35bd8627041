import { expect } from 'vitest'
import type { YektaYarSocket } from '../../src/index.js'
import { eventually } from './eventually.js'

/** Waits until a client has loaded its stored outbox and delivered all of it. */
export async function untilDelivered({ outbox }: YektaYarSocket) {
  await eventually(() => {
    expect(outbox.storage).toBe('indexeddb')
    expect(outbox.getSnapshot().items).toEqual([])
  })
}
