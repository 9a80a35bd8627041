import { createFakeClient } from '@yektayar/testing/fake'
import { expect, it } from 'vitest'
import { createApp, h, shallowRef } from 'vue'
import { createYektaYar, useCommand, useRoom, useSocket } from '../src/index.js'
import type { CreateYektaYarOptions } from '../src/index.js'
import { mount } from './support/mount.js'

const options: readonly [what: string, given: unknown, says: RegExp][] = [
  ['an address', 'http://localhost:3000', /takes options, as in app\.use\(createYektaYar\(\{ url/],
  ['null', null, /takes options/],
  ['a client that is none', { client: { url: 'http://localhost' } }, /must be a YektaYarSocket/],
  ['another name', { uri: 'http://localhost:3000' }, /no option "uri"/],
]

it.each(options)('createYektaYar() says what is right, given %s', (_what, given, says) => {
  const create = () => createYektaYar(given as CreateYektaYarOptions)
  expect(create).toThrow(expect.objectContaining({ code: 'invalid_options' }))
  expect(create).toThrow(says)
})

it('createYektaYar in place of its result says that it has to be called', () => {
  const app = createApp({ render: () => h('i') })
  const use = () => app.use(createYektaYar as unknown as ReturnType<typeof createYektaYar>)
  expect(use).toThrow('app.use(createYektaYar({ url })), not an app')
})

it('composables say what is right of what is no name', async () => {
  await using fake = createFakeClient()
  await fake.connect()
  const client = fake as unknown as ReturnType<typeof createYektaYar>['client']
  const name = shallowRef<unknown>()
  const { result } = mount(createYektaYar({ client }), () => ({
    room: useRoom(() => name.value as 'public:lobby'),
    command: useCommand(name.value as 'echo'),
    socket: useSocket(),
  }))
  const { room, command, socket } = result
  expect(() => socket.on('connected', undefined as never)).toThrow('must be a function')
  await command.execute('hi')
  expect(command.error.value?.message).toBe('The name of a command must be a string, not undefined')
  await expect(room.send('hi')).rejects.toThrow('useRoom: the room has no name yet')
  for (const [wrong, says] of [
    [42, 'The name of a room must be a string, not number'],
    [fake.room('public:lobby'), 'The name of a room must be a string, not object'],
  ] as const) {
    name.value = wrong
    await Promise.resolve()
    expect(room.error.value?.message).toBe(says)
    await expect(room.send('hi')).rejects.toThrow(says)
  }
})
