import { expect } from 'vitest'
import type { YektaYarSocket } from '../../src/index.js'
import { eventually } from './eventually.js'

/** Waits until a client has taken up what was stored, and nothing of it is left. */
export async function untilDelivered({ outbox }: YektaYarSocket) {
  await eventually(() => {
    expect(outbox.storage).toBe('indexeddb')
    expect(outbox.list()).toEqual([])
  })
}
