import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import vm from 'node:vm'
import type * as client from '@yektayar/client'
import { preview } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../../e2e/support/launchChromium.js'
import { startServer } from '../../support/startServer.js'
import { pageGlobals, runInPage } from '../support/clientRealm.js'
import { becomeReactNative } from '../support/reactNative.js'
import { packedConsumer } from './support/packedConsumer.js'
import type { PackedConsumer } from './support/packedConsumer.js'

/** A page with all that an app imports there. */
const page = `
import { YektaYarSocket } from '@yektayar/client'
import { errorText } from '@yektayar/client/texts'
import { coreContract } from '@yektayar/protocol'
import { createYektaYar, useRoom } from '@yektayar/vue'
import { createApp, defineComponent, h } from 'vue'

const Lobby = defineComponent(() => {
  const { messages, send } = useRoom('public:lobby')
  return () => [
    ...messages.value.map(({ data, state }) => h('p', data + ' ' + state)),
    h('button', { onClick: () => send('hello') }, 'Send'),
  ]
})
globalThis.start = async (url) => {
  globalThis.client = new YektaYarSocket({ url, contract: coreContract, outbox: { persist: 'indexeddb' } })
  createApp(Lobby).use(createYektaYar({ client })).mount('main')
  await client.connect()
}
globalThis.text = errorText({ code: 'timeout' }, 'en')
`

const webpackScript = `
const webpack = require('webpack')
const config = {
  mode: 'production',
  target: 'web',
  context: __dirname,
  entry: './page.js',
  output: { path: __dirname + '/bundle/webpack', filename: 'page.js' },
  performance: { hints: false },
}
webpack(config, (error, stats) => {
  if (error) throw error
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true })
  console.log(JSON.stringify([...errors, ...warnings].map(({ message }) => message)))
})
`

/** With React Native's own configuration, except for the modules of React Native itself. */
const metroScript = `
const { runBuild } = require('metro')
const { getDefaultConfig, mergeConfig } = require('@react-native/metro-config')
const [entry, enabled, minify] = process.argv.slice(2)
const config = mergeConfig(getDefaultConfig(__dirname), {
  resolver: { unstable_enablePackageExports: enabled === 'exports' },
  serializer: { getModulesRunBeforeMainModule: () => [] },
  reporter: { update: () => undefined },
  cacheStores: [],
  maxWorkers: 1,
})
const isMinified = minify === 'minified'
runBuild(config, {
  entry,
  platform: 'android',
  dev: !isMinified,
  minify: isMinified,
  out: __dirname + '/bundle/' + entry,
}).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
`

const nativeEntry = `
import * as YektaYar from '@yektayar/client'
globalThis.YektaYar = YektaYar
`
const textsEntry = `${nativeEntry}
import { errorText } from '@yektayar/client/texts'
globalThis.text = errorText({ code: 'timeout' }, 'en')
`

/** The globals of the page. */
interface Page {
  readonly text: string
  readonly client: client.YektaYarSocket
  start(this: void, url: string): Promise<void>
}

let made: PackedConsumer | undefined

function theConsumer(): PackedConsumer {
  if (!made) throw new Error('The packages could not be installed')
  return made
}

/** Runs a script of a bundler, whose output it returns. */
async function bundle(script: string, ...args: string[]): Promise<string> {
  const { code, output } = await theConsumer().run(process.execPath, script, ...args)
  expect(code, output).toBe(0)
  return output
}

/** Serves a folder from another origin than the server's. */
async function serve(folder: string) {
  const site = await preview({
    configFile: false,
    logLevel: 'silent',
    build: { outDir: folder },
    preview: { port: 0, host: 'localhost' },
  })
  const [url = ''] = site.resolvedUrls?.local ?? []
  return { url, [Symbol.asyncDispose]: () => site.close() }
}

// They install two bundlers: `npm run test:long outside`.
describe.runIf(process.env.OUTSIDE === 'long')('the packages are bundled', () => {
  beforeAll(async () => {
    made = await packedConsumer([
      ...['webpack@5', 'metro@~0.83.8', 'metro-runtime@~0.83.8'],
      ...['@react-native/metro-config@~0.83.9', '@react-native/babel-preset@~0.83.9'],
      ...['vue@3', 'pinia', 'zod@4', 'fastify@5'],
    ])
    await made.write({
      'page.js': page,
      'bundle/webpack/index.html': '<main></main><script src="/page.js"></script>',
      'webpack.cjs': webpackScript,
      'metro.cjs': metroScript,
      'native.js': nativeEntry,
      'texts.js': textsEntry,
    })
  })

  afterAll(() => made?.[Symbol.asyncDispose]())

  it('by webpack for the web without a warning, and run in a page', async () => {
    expect(JSON.parse(await bundle('webpack.cjs'))).toEqual([])
    await using backend = await startServer()
    await using site = await serve(join(theConsumer().path, 'bundle/webpack'))
    const browser = await launchChromium()
    try {
      const tab = await browser.newPage()
      await tab.goto(site.url)
      const inTab = <Result>(use: (page: Page) => Result): Promise<Result> =>
        tab.evaluate(`(${String(use)})(globalThis)`)
      await tab.evaluate((url) => (window as unknown as Page).start(url), backend.url)
      // Its database is in a chunk of its own.
      await expect.poll(() => inTab(({ client }) => client.outbox.storage)).toBe('indexeddb')
      await tab.getByRole('button').click()
      await tab.getByText('hello delivered').waitFor()
      expect(await inTab(({ text }) => text)).toMatch(/^There was no/)
    } finally {
      await browser.close()
    }
  })

  it.each([
    ['texts.js', 'exports', 'minified'],
    // As React Native does before 0.79.
    ['native.js', 'no exports', 'not minified'],
  ])('by Metro for React Native, and run there: %s with %s, %s', async (...given) => {
    const [entry] = given
    await bundle('metro.cjs', ...given)
    const code = await readFile(join(theConsumer().path, 'bundle', entry), 'utf8')
    await using backend = await startServer()
    const app = runInPage(pageGlobals(backend.url), becomeReactNative, new vm.Script(code))
    const { YektaYarSocket } = app.YektaYar as typeof client
    const phone = new YektaYarSocket({ url: backend.url, outbox: { persist: 'indexeddb' } })
    await phone.connect()
    const room = phone.room('public:lobby')
    await room.join()
    await room.send('hello')
    expect(room.messages).toMatchObject([{ data: 'hello', state: 'delivered' }])
    expect(phone.outbox.storage).toBe('failed')
    await phone.disconnect()
    if (entry === 'texts.js') expect(app.text).toMatch(/^There was no/)
  })
})
