import { createFakeClient } from '@yektayar/testing/fake'
import { describe, expect, it } from 'vitest'
import { createApp, defineComponent, h } from 'vue'
import { createYektaYar, useCommand, useRoom, useSession, useSocket } from '../src/index.js'

const ROOM = 'public:lobby'

const Chat = defineComponent(() => {
  const { status } = useSocket()
  const { userId } = useSession()
  const { messages, typing, members, send } = useRoom(ROOM)
  const { data, error, execute } = useCommand('echo')
  return () => [
    h('header', `${status.value} ${userId.value ?? 'nobody'} of ${String(members.value.length)}`),
    h(
      'ol',
      messages.value.map((message) => h('li', `${message.state}: ${message.data as string}`)),
    ),
    h('footer', typing.value.join()),
    h('output', error.value?.code ?? (data.value?.received as string | undefined)),
    h('button', { id: 'send', onClick: () => void send('mine') }),
    h('button', { id: 'echo', onClick: () => void execute('hi') }),
  ]
})

/** Mounts the component in its own app, with a fake client in place of a server. */
async function mountChat() {
  const fake = createFakeClient(undefined, { authenticate: ({ username }) => username ?? null })
  const page = document.createElement('main')
  const app = createApp(Chat).use(createYektaYar({ client: fake }))
  app.mount(page)
  await fake.connect()
  await fake.room(ROOM).join()
  const text = (selector: string) => page.querySelector(selector)?.textContent
  const click = (selector: string) => page.querySelector<HTMLButtonElement>(selector)?.click()
  return {
    fake,
    text,
    click,
    messages: () => Array.from(page.querySelectorAll('li'), (item) => item.textContent),
    async [Symbol.asyncDispose]() {
      app.unmount()
      await fake[Symbol.asyncDispose]()
    },
  }
}

describe('a component with a fake client', () => {
  it('shows messages, an own one at once, and who is typing', async () => {
    await using chat = await mountChat()
    await chat.fake.publish(ROOM, 'hello', { from: 'user:sara' })
    expect(chat.messages()).toEqual(['delivered: hello'])
    await chat.fake.drop()
    chat.click('#send')
    await chat.fake.settle()
    expect(chat.messages()).toEqual(['delivered: hello', 'sending: mine'])
    chat.fake.restore()
    await chat.fake.whenStatus('connected')
    await chat.fake.settle()
    expect(chat.messages()).toEqual(['delivered: hello', 'delivered: mine'])
    await chat.fake.typing(ROOM, 'user:sara', true)
    expect(chat.text('footer')).toBe('user:sara')
  })

  it('shows where the connection and the session stand', async () => {
    localStorage.clear()
    await using chat = await mountChat()
    expect(chat.text('header')).toBe('connected nobody of 1')
    await chat.fake.goOffline()
    expect(navigator.onLine).toBe(false)
    expect(chat.text('header')).toBe('offline nobody of 1')
    chat.fake.goOnline()
    await chat.fake.whenStatus('connected')
    await chat.fake.session.signIn({ username: 'sara' })
    await chat.fake.settle()
    expect(chat.text('header')).toBe('connected sara of 1')
    expect(localStorage).toHaveLength(0)
  })

  it('shows what a command answers, or why it does not', async () => {
    await using chat = await mountChat()
    chat.fake.fail('echo', 'rate_limited')
    chat.click('#echo')
    await chat.fake.settle()
    expect(chat.text('output')).toBe('rate_limited')
    chat.click('#echo')
    await chat.fake.settle()
    expect(chat.text('output')).toBe('hi')
  })
})
