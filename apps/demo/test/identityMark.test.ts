import { effectScope, nextTick, shallowReactive } from 'vue'
import { describe, expect, it } from 'vitest'
import { useIdentityMark } from '../src/composables/useIdentityMark.js'
import type { RoomEntry } from '../src/realtimeTypes.js'

function entry(seq: number): RoomEntry {
  const at = '2026-03-01T10:00:00'
  const own = { from: 'me', isOwn: true, data: { text: 'hi' } }
  return { ...own, key: `${seq}`, state: 'delivered', id: `${seq}`, seq, at, error: null }
}

/** What the page knows, and the mark that it shows. */
function openPage() {
  const state = shallowReactive({
    self: null as { id: string; name: string } | null,
    userId: null as string | null,
    room: 'lobby',
    isJoined: true,
    entries: [entry(1), entry(2)],
  })
  const mark = effectScope().run(() =>
    useIdentityMark({
      self: () => state.self,
      userId: () => state.userId,
      room: () => state.room,
      isJoined: () => state.isJoined,
      entries: () => state.entries,
    }),
  )
  return { state, mark: () => mark?.value }
}

describe('the chat tells that the page became somebody else', () => {
  it('after the newest message, with both names, and not for the first identity', async () => {
    const { state, mark } = openPage()
    state.self = { id: 'a', name: 'Calm Owl' }
    await nextTick()
    expect(mark()).toBeNull()
    state.self = null // while the session is replaced
    await nextTick()
    state.self = { id: 'b', name: 'Kind Fox' }
    await nextTick()
    const change = { how: 'replaced', before: 'Calm Owl', name: 'Kind Fox' }
    expect(mark()).toEqual({ kind: 'identity', afterSeq: 2, change })
  })

  it('by a sign-in, after which earlier messages stay one’s own, and by a sign-out', async () => {
    const { state, mark } = openPage()
    state.self = { id: 'a', name: 'Calm Owl' }
    await nextTick()
    Object.assign(state, { self: { id: 's', name: 'Sara' }, userId: 's' })
    await nextTick()
    expect(mark()?.change.how).toBe('signedIn')
    Object.assign(state, { self: { id: 'b', name: 'Kind Fox' }, userId: null })
    await nextTick()
    expect(mark()?.change).toEqual({ how: 'replaced', before: 'Sara', name: 'Kind Fox' })
  })

  it('in each room, also in one that is entered later, and at the same place on return', async () => {
    const { state, mark } = openPage()
    state.self = { id: 'a', name: 'Calm Owl' }
    await nextTick()
    state.self = { id: 'b', name: 'Kind Fox' }
    await nextTick()
    Object.assign(state, { room: 'sleep', isJoined: false, entries: [] })
    await nextTick()
    expect(mark()).toBeNull()
    Object.assign(state, { isJoined: true, entries: [entry(1), entry(2), entry(3)] })
    await nextTick()
    expect(mark()?.afterSeq).toBe(3)
    Object.assign(state, { room: 'lobby', entries: [entry(1), entry(2), entry(3), entry(4)] })
    await nextTick()
    expect(mark()?.afterSeq).toBe(2)
  })
})
