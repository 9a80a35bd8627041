import { pino } from 'pino'
import { describe, expect, it, vi } from 'vitest'
import { PresenceNotes } from '../src/rooms/presenceNotes.js'
import { defaultLimits } from '../src/shared/limits.js'
import { PRESENCES_PER_WRITE } from '../src/store/presenceStore.js'
import type { Presence, PresenceStore, StoredPresence } from '../src/store/presenceStore.js'
import { kinds, openStores, ROOM } from './support/openStores.js'
import { range } from './support/range.js'

function rowOf(member: string): StoredPresence {
  return { room: ROOM, member, data: null, at: 0 }
}

/** The notes of a node with these members, on a store of which tests replace operations. */
async function openNotes(kind: (typeof kinds)[number], members: readonly string[]) {
  const context = await openStores(kind)
  const { store } = await context.open()
  const here = new Set(members)
  const replaced: PresenceStore = { ...context.store.presence }
  const notes = new PresenceNotes({
    store: replaced,
    stored: ({ member }) => (here.has(member) ? rowOf(member) : undefined),
    *all(): Generator<Presence> {
      for (const member of here) yield { room: ROOM, member }
    },
    onRemoved: () => Promise.resolve(),
    onWrite: () => undefined,
    limits: { ...defaultLimits, presenceIntervalMs: 60_000 },
    log: pino({ level: 'silent' }),
  })
  for (const member of members) notes.add({ room: ROOM, member })
  await notes.write()
  return {
    ...{ context, here, replaced, notes, node: notes.node, stored: context.store.presence },
    /** Who is in the room for other processes. */
    async listed() {
      const rows = await store.presence.others([ROOM], 'another')
      return rows.map(({ member }) => member).sort()
    },
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  }
}

describe.each(kinds)('members that are recorded anew in %s', (kind) => {
  it('are those who are here, also where the lease is renewed at the same time', async () => {
    await using scene = await openNotes(kind, ['sara'])
    const { context, notes, node, replaced, stored } = scene
    await stored.place(node, { entered: [rowOf('left')], left: [] })
    // A renewal that has begun before arrives after any of the reads.
    const renewed = async <Result>(read: Promise<Result>): Promise<Result> => {
      const result = await read
      await stored.renewLease(node)
      return result
    }
    await context.advance(1_000)
    replaced.leases = () => renewed(stored.leases())
    replaced.ofNode = (...input) => renewed(stored.ofNode(...input))
    notes.rewrite()
    await notes.write()
    expect(await scene.listed()).toEqual(['sara'])
    expect(await stored.renewLease(node)).toBe(true)
  })

  it('are in the list all the time, however many have left', async () => {
    await using scene = await openNotes(kind, ['omid', 'sara'])
    const { here, notes, node, replaced, stored } = scene
    const gone = range(1, PRESENCES_PER_WRITE + 20).map((number) => rowOf(`left-${number}`))
    await stored.place(node, { entered: gone, left: [] })
    const missed: string[] = []
    /** Looks after each operation who is missing from the list. */
    const watched =
      <Input extends unknown[], Result>(run: (...input: Input) => Promise<Result>) =>
      async (...input: Input): Promise<Result> => {
        const result = await run(...input)
        const listed = new Set(await scene.listed())
        missed.push(...['omid', 'sara'].filter((member) => !listed.has(member)))
        return result
      }
    replaced.place = watched(stored.place)
    replaced.removeMembers = watched(stored.removeMembers)
    replaced.revokeLease = watched(stored.revokeLease)
    // Somebody whose row is removed comes back meanwhile.
    replaced.ofNode = async (...input) => {
      const rows = await stored.ofNode(...input)
      here.add('left-7')
      return rows
    }
    notes.rewrite()
    await notes.write()
    expect(missed).toEqual([])
    expect(await scene.listed()).toEqual(['left-7', 'omid', 'sara'])
  })

  it('are recorded anew again where that has failed, or another server has answered since', async () => {
    await using scene = await openNotes(kind, ['sara'])
    const { notes, node, replaced, stored } = scene
    const lose = () => stored.place(node, { entered: [rowOf('left')], left: [] })
    await lose()
    notes.rewrite()
    replaced.ofNode = () => Promise.reject(new Error('away'))
    await expect(notes.write()).rejects.toThrow('away')
    replaced.ofNode = async (...input) => {
      const rows = await stored.ofNode(...input)
      notes.rewrite()
      replaced.ofNode = stored.ofNode
      return rows
    }
    await notes.write()
    expect(await scene.listed()).toEqual(['sara'])
    await lose()
    await notes.write()
    expect(await scene.listed()).toEqual(['sara'])
  })

  it('get a lease where the store has lost it', async () => {
    await using scene = await openNotes(kind, ['sara'])
    const { notes, node, stored } = scene
    const [lease] = await stored.leases()
    if (lease) await stored.revokeLease(lease)
    await stored.removeMembers(node)
    await stored.removeNode(node)
    notes.rewrite()
    await notes.write()
    expect(await scene.listed()).toEqual(['sara'])
    expect(await stored.leases()).toMatchObject([{ id: node, keptMs: null }])
  })
})

it('those who come while others are recorded are recorded without another change', async () => {
  const placed: string[] = []
  let pass = (): void => undefined
  const first = new Promise<void>((resolve) => {
    pass = resolve
  })
  const notes = new PresenceNotes({
    store: {
      renewLease: () => Promise.resolve(true),
      async place(_node: string, { entered }: { entered: readonly StoredPresence[] }) {
        placed.push(...entered.map(({ member }) => member))
        if (placed.length === 1) await first
        return []
      },
    } as never,
    stored: ({ member }) => rowOf(member),
    all: () => [],
    onRemoved: () => Promise.resolve(),
    onWrite: () => undefined,
    limits: { ...defaultLimits, presenceIntervalMs: 5 },
    log: pino({ level: 'silent' }),
  })
  notes.add({ room: ROOM, member: 'sara' })
  await vi.waitFor(() => {
    expect(placed).toEqual(['sara'])
  })
  notes.add({ room: ROOM, member: 'omid' })
  await new Promise((resolve) => setTimeout(resolve, 50)) // longer than the interval
  pass()
  await vi.waitFor(() => {
    expect(placed).toEqual(['sara', 'omid'])
  })
})
