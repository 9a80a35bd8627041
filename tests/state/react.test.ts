// @vitest-environment jsdom
import { createFakeClient } from '@yektayar/testing/fake'
import type { ReadableState } from '@yektayar/client'
import { act, createElement, StrictMode, useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

const ROOM = 'public:lobby'

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

/** React's whole adapter. */
function useStateOf<Snapshot>({ subscribe, getSnapshot }: ReadableState<Snapshot>): Snapshot {
  return useSyncExternalStore(subscribe, getSnapshot, getSnapshot)
}

function openPage() {
  const client = createFakeClient()
  const page = document.createElement('main')
  const root = createRoot(page)
  const errors = vi.spyOn(console, 'error')
  let renders = 0

  function Chat() {
    renders++
    const { status } = useStateOf(client)
    const { state } = useStateOf(client.session)
    const { items } = useStateOf(client.outbox)
    // A new handle each time, as in a component that keeps none.
    const { messages, state: roomState } = useStateOf(client.room(ROOM))
    const texts = messages.map((entry) => `${entry.data as string} ${entry.state}`)
    return createElement('p', null, [status, state, items.length, roomState, ...texts].join(', '))
  }

  act(() => {
    root.render(createElement(StrictMode, null, createElement(Chat)))
  })
  return {
    client,
    page,
    errors,
    get renders() {
      return renders
    },
    async [Symbol.asyncDispose]() {
      act(() => {
        root.unmount()
      })
      await client.close()
    },
  }
}

it('shows every state in React through useSyncExternalStore, without a loop', async () => {
  await using context = openPage()
  const { client, page, errors } = context
  const show = async (work: () => unknown): Promise<string | null> => {
    await act(async () => {
      await work()
      await client.settle()
    })
    return page.textContent
  }
  expect(page.textContent).toBe('idle, none, 0, left')
  const room = client.room(ROOM)
  let sent: Promise<unknown> = Promise.resolve()
  const sending = await show(() => {
    sent = room.send('hi')
  })
  expect(sending).toBe('idle, none, 1, left, hi sending')
  expect(await show(() => client.connect())).toContain('connected, active, 0')
  await sent
  expect(await show(() => room.join())).toBe('connected, active, 0, joined, hi delivered')
  const before = context.renders
  await show(() => client.echo('nothing that is shown'))
  expect(context.renders).toBe(before)
  expect(await show(() => client.publish(ROOM, 'there'))).toContain('there delivered')
  expect(await show(() => client.drop())).toContain('reconnecting, active, 0, joining')
  expect(errors).not.toHaveBeenCalled()
})
