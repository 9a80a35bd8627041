import { describe, expect, it } from 'vitest'
import type { StoredPresence } from '../../src/store/presenceStore.js'
import { kinds, openStores, ROOM } from '../support/openStores.js'

function present(member: string, data: string | null = null, room = ROOM): StoredPresence {
  return { room, member, data, at: 5 }
}

describe.each(kinds)('presence in %s', (kind) => {
  it('is what other nodes know of their members', async () => {
    await using context = await openStores(kind)
    const { presence } = context.store
    const { open } = context
    const { store: other } = await open()
    await presence.place('a', { entered: [present('sara', '{"x":1}'), present('omid')], left: [] })
    await other.presence.place('b', { entered: [present('lena')], left: [] })
    expect(await other.presence.others([ROOM, 'public:x'], 'b')).toEqual(
      expect.arrayContaining([present('sara', '{"x":1}'), present('omid')]),
    )
    await presence.place('a', {
      entered: [present('sara', '{"x":2}')],
      left: [{ room: ROOM, member: 'omid' }],
    })
    expect(await other.presence.others([ROOM], 'b')).toEqual([present('sara', '{"x":2}')])
    expect(await presence.others([ROOM], 'a')).toEqual([present('lena')])
  })

  it('ends with the lease of a node, unless the node has renewed it', async () => {
    await using context = await openStores(kind)
    const { presence } = context.store
    expect(await presence.renewLease('a')).toBe(false)
    await presence.takeLease('a')
    await presence.place('a', { entered: [present('sara')], left: [] })
    const [lease] = await presence.leases()
    expect(lease).toMatchObject({ id: 'a', keptMs: null })
    if (!lease) return
    await context.advance(60_000)
    expect(await presence.renewLease('a')).toBe(true)
    await presence.revokeLease(lease) // too late
    expect(await presence.removeMembers('a')).toBe(false)
    expect(await presence.others([ROOM], 'b')).toHaveLength(1)

    const [renewed] = await presence.leases()
    if (renewed) await presence.revokeLease(renewed)
    expect(await presence.renewLease('a')).toBe(false)
    expect(await presence.removeMembers('a')).toBe(false)
    expect(await presence.others([ROOM], 'b')).toEqual([])
    await presence.removeNode('a')
    expect(await presence.leases()).toEqual([])
  })

  it('of a closed node moves to the node to which its members come', async () => {
    await using context = await openStores(kind)
    const { presence } = context.store
    await presence.takeLease('a')
    await presence.place('a', { entered: [present('sara'), present('omid')], left: [] })
    await presence.closeNode('a', 10_000)
    expect(await presence.leases()).toMatchObject([{ id: 'a', keptMs: 10_000 }])
    expect(await presence.place('b', { entered: [present('sara')], left: [] })).toEqual([ROOM])
    expect(await presence.others([ROOM], 'b')).toEqual([present('omid')])
  })
})
