import { createFakeClient } from '@yektayar/testing/fake'
import { derived, get } from 'svelte/store'
import { expect, it } from 'vitest'

const ROOM = 'public:lobby'

it('is a store of Svelte, as it is', async () => {
  await using client = createFakeClient()
  const room = client.room(ROOM)
  expect(get(client)).toBe(client.getSnapshot())
  expect(get(client.session).state).toBe('none')
  expect(get(client.outbox)).toEqual({ storage: 'memory', items: [] })
  expect(get(room).messages).toEqual([])

  const line = derived([client, room], ([{ status }, { state, messages }]) =>
    [status, state, ...messages.map(({ data }) => data as string)].join(', '),
  )
  const lines: string[] = []
  const stop = line.subscribe((value) => lines.push(value))
  await client.connect()
  await room.join()
  await client.publish(ROOM, 'hi')
  stop()
  await client.publish(ROOM, 'unheard')
  expect(lines[0]).toBe('idle, left')
  expect(lines.at(-1)).toBe('connected, joined, hi')
  expect(get(line)).toBe('connected, joined, hi, unheard')
})
