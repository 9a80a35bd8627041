import { describe, expect, it } from 'vitest'
import { isCommandError } from '../../src/shared/commandError.js'
import type { Store } from '../../src/store/store.js'
import { begin, kinds, openStores, ROOM } from '../support/openStores.js'

const TEXT = 'x'.repeat(1_000)
let messages = 0

/** Whether a message of a session was stored, and not refused. */
async function isStored(store: Store, id: string, room = ROOM): Promise<boolean> {
  const message = { id: `shared-${String(++messages)}`, from: 'someone', data: TEXT }
  try {
    await store.outboxes.append({ room, message }, { id, userId: null })
    return true
  } catch (error) {
    if (isCommandError(error) && error.code === 'rate_limited') return false
    throw error
  }
}

describe.runIf(kinds.length > 1)('what one session may store in PostgreSQL', () => {
  it('holds over all processes but for a small part, in bytes', async () => {
    const limits = { storedBytesPerSessionPerHour: 128_000 }
    await using context = await openStores('PostgreSQL', { limits })
    const all = [context.store, (await context.open()).store, (await context.open()).store]
    const [{ id }, other] = [await begin(context.store), await begin(context.store)]
    let stored = 0
    for (let round = 0; round < 150; round++) {
      for (const store of all) if (await isStored(store, id)) stored++
    }
    // A message is 1 kB and some bytes; each process may be ahead of the count by a 64th.
    expect(stored).toBeGreaterThan(110)
    expect(stored).toBeLessThan(140)
    for (const store of all) expect(await isStored(store, other.id)).toBe(true)
  })

  it('holds over all processes but for a small part, in rooms', async () => {
    const limits = { newRoomsPerSessionPerHour: 20 }
    await using context = await openStores('PostgreSQL', { limits })
    const all = [context.store, (await context.open()).store]
    const { id } = await begin(context.store)
    let stored = 0
    for (let round = 0; round < 30; round++) {
      for (const [index, store] of all.entries()) {
        if (await isStored(store, id, `public:${String(round)}-${String(index)}`)) stored++
      }
    }
    expect(stored).toBeGreaterThanOrEqual(19)
    expect(stored).toBeLessThan(24)
  })
})
