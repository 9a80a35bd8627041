// @vitest-environment jsdom
import * as clientPackage from '@yektayar/client'
import * as fakePackage from '@yektayar/testing/fake'
import * as vuePackage from '@yektayar/vue'
import * as textsPackage from '@yektayar/vue/texts'
import * as piniaPackage from '@yektayar/vue/pinia'
import { createPinia } from 'pinia'
import { describe, expect, it, vi } from 'vitest'
import * as vue from 'vue'
import { compileScript, parse } from 'vue/compiler-sfc'
import { documentAt } from './support/documents.js'
import { execute } from './support/execute.js'
import { modulesOf } from './support/modules.js'
import { startServer } from '../support/startServer.js'

type Exports = Readonly<Record<string, unknown>>

/** A page with the element that the documents mount into, and a server for it. */
async function openPage() {
  const server = await startServer({
    authenticate: ({ username = '', password }) => (password === 'right' ? username : null),
  })
  const apps: vue.App[] = []
  const page = document.createElement('div')
  page.id = 'app'
  document.body.replaceChildren(page)
  const createApp = (component: vue.Component) => {
    const app = vue.createApp(component).use(createPinia())
    apps.push(app)
    return app
  }
  const modules: Exports = {
    vue: { ...vue, createApp },
    '@yektayar/client': clientPackage,
    '@yektayar/vue': vuePackage,
    '@yektayar/vue/texts': textsPackage,
    '@yektayar/vue/pinia': piniaPackage,
  }
  const logged = vi.fn()
  return {
    page,
    url: server.url,
    logged,
    createApp,
    run: (code: string, more: Exports = {}): Promise<Exports> =>
      execute(
        code.replaceAll('http://localhost:3000', server.url),
        { ...modules, ...more },
        {
          console: { log: logged },
        },
      ),
    has: (selector: string, text: string) =>
      vi.waitFor(
        () => {
          expect(page.querySelector(selector)?.textContent).toContain(text)
        },
        { timeout: 5_000 },
      ),
    write: (label: string, text: string) => {
      const labels = Array.from(page.querySelectorAll('label'))
      const field = labels.find(({ textContent }) => textContent.trim() === label)?.control
      if (!(field instanceof HTMLInputElement)) throw new Error(`There is no field ${label}`)
      field.value = text
      field.dispatchEvent(new Event('input'))
    },
    click: (text: string) => {
      const buttons = Array.from(page.querySelectorAll('button'))
      buttons.find(({ textContent }) => textContent === text)?.click()
    },
    async [Symbol.asyncDispose]() {
      for (const app of apps) app.unmount()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** The code block of a document that contains this text. */
function codeWith(path: string, text: string): string {
  const found = modulesOf(documentAt(path)).find(({ code }) => code.includes(text))
  if (!found) throw new Error(`${path} has no code with ${text}`)
  return found.code
}

function compileComponent(path: string, name: string): string {
  const component = documentAt(path).blocks.find(({ code }) => code.startsWith(`<!-- ${name} -->`))
  const { descriptor } = parse(component?.code ?? '')
  return compileScript(descriptor, { id: 'app', inlineTemplate: true }).content
}

describe('the code of docs/VUE.md', () => {
  it('shows the app of its first page', async () => {
    await using opened = await openPage()
    const component = await opened.run(compileComponent('docs/VUE.md', 'App.vue'))
    await opened.run(codeWith('docs/VUE.md', '// main.ts'), { './App.vue': component })
    await opened.has('p', 'connected')
    expect(opened.logged).toHaveBeenCalledWith('connected as', expect.any(String))
    opened.click('Echo')
    await opened.has('pre', '"received": "Hello!"')
    opened.click('Switch')
    await opened.has('p', 'idle')
  })

  it('signs in and out with the component of useSession', async () => {
    await using opened = await openPage()
    const component = await opened.run(compileComponent('docs/VUE.md', 'SignIn.vue'))
    const plugin = vuePackage.createYektaYar({ url: opened.url })
    opened
      .createApp(component.default as vue.Component)
      .use(plugin)
      .mount(opened.page)
    opened.write('User name', 'sara')
    opened.write('Password', 'wrong')
    opened.click('Sign in')
    await opened.has('[role=alert]', 'The user name or the password is wrong.')
    opened.write('Password', 'right')
    opened.click('Sign in')
    await opened.has('p', 'sara')
    opened.click('Sign out')
    await opened.has('label', 'User name')
  })

  it('says something in a room with the component of useRoom', async () => {
    await using opened = await openPage()
    const component = await opened.run(compileComponent('docs/VUE.md', 'SupportRoom.vue'))
    const plugin = vuePackage.createYektaYar({ url: opened.url, autoConnect: true })
    opened
      .createApp(component.default as vue.Component)
      .use(plugin)
      .mount(opened.page)
    opened.write('Message', 'Good morning')
    opened.click('Send')
    await opened.has('li', 'Good morning')
    await opened.has('li', 'delivered')
  })

  it('follows the store', async () => {
    await using opened = await openPage()
    const { useConnectionLog } = (await opened.run(
      codeWith('docs/VUE.md', 'useConnectionLog'),
    )) as {
      useConnectionLog: () => void
    }
    const plugin = vuePackage.createYektaYar({ url: opened.url, autoConnect: true })
    const component = vue.defineComponent(() => {
      useConnectionLog()
      return () => null
    })
    opened.createApp(component).use(plugin).mount(opened.page)
    await vi.waitFor(() => {
      expect(opened.logged).toHaveBeenCalledWith('connected', 'active')
    })
  })
})

it('runs the code of packages/vue/README.md', async () => {
  await using opened = await openPage()
  const component = await opened.run(compileComponent('packages/vue/README.md', 'Lobby.vue'))
  await opened.run(codeWith('packages/vue/README.md', '// main.ts'), { './Lobby.vue': component })
  await opened.has('p', 'connected, 1 here')
  opened.write('Message', 'Good morning')
  opened.click('Send')
  await opened.has('p + p', 'Good morning delivered')
})

it('runs the component test of docs/TESTING.md', async () => {
  await using opened = await openPage()
  const { mountStatus } = (await opened.run(codeWith('docs/TESTING.md', 'mountStatus'))) as {
    mountStatus: (
      root: Element,
      url: string,
    ) => { app: vue.App; client: clientPackage.YektaYarSocket }
  }
  const { client } = mountStatus(opened.page, opened.url)
  await client.connect()
  await opened.has('p', 'connected')
})

it('runs the component test without a server of docs/TESTING.md', async () => {
  await using opened = await openPage()
  const tests: (() => Promise<void>)[] = []
  const it = (_name: string, test: () => Promise<void>) => tests.push(test)
  await opened.run(codeWith('docs/TESTING.md', 'const Lobby'), {
    '@yektayar/testing/fake': fakePackage,
    vitest: { expect, it },
  })
  expect(tests).toHaveLength(1)
  for (const test of tests) await test()
})
