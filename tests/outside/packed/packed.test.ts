import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build as esbuild } from 'esbuild'
import { build as viteBuild } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProcess } from '../../support/runProcess.js'
import { packedConsumer } from './support/packedConsumer.js'
import type { PackedConsumer } from './support/packedConsumer.js'

const everything = `
import { command, coreContract, extendContract } from '@yektayar/protocol'
import { YektaYarSocket, isYektaYarError, memoryStorage } from '@yektayar/client'
import { CommandError, createServer, yektayar } from '@yektayar/server'
import { createYektaYar, useCommand, useRoom, useSocket } from '@yektayar/vue'
import { useSocketStore } from '@yektayar/vue/pinia'
import { startTestServer } from '@yektayar/testing'
import { createFakeClient } from '@yektayar/testing/fake'
import { z } from 'zod'

export const contract = extendContract(coreContract, {
  commands: {
    'case:close': command({ input: z.object({ id: z.number() }), output: z.string() }),
  },
})
export const client = new YektaYarSocket({ url: 'http://localhost:3000', contract })
export const closed: Promise<string> = client.call('case:close', { id: 1 })
// @ts-expect-error the contract says what the input is
export const wrong = client.call('case:close', { id: '1' })
export const server = createServer({
  contract,
  commands: { 'case:close': ({ input }) => String(input.id) },
})
export const others = {
  CommandError, yektayar, isYektaYarError, memoryStorage, createYektaYar, useCommand, useRoom,
  useSocket, useSocketStore, startTestServer, createFakeClient,
}
`

/** What compiles of an app's rooms, and what does not. It registers a contract, so it is no module here. */
const roomTypes = readFileSync(new URL('support/roomTypes.txt', import.meta.url), 'utf8')

const browserEntry = `
import { YektaYarSocket } from '@yektayar/client'
import { coreContract } from '@yektayar/protocol'
import { createYektaYar } from '@yektayar/vue'
globalThis.client = new YektaYarSocket({ url: location.origin, contract: coreContract })
globalThis.plugin = createYektaYar({ client: globalThis.client })
`

const serverScript = `
import { createServer } from '@yektayar/server'
import { YektaYarSocket } from '@yektayar/client'
const server = await createServer({ port: 0, databaseUrl: 'sqlite:app.db', logLevel: 'warn', prettyLog: false })
const url = await server.listen()
const client = new YektaYarSocket({ url })
await client.connect()
const room = client.room('public:lobby')
await room.join()
await room.send({ text: 'from outside' }).delivered
await client.disconnect()
await server.close()
console.log(JSON.stringify(room.messages.map(({ data }) => data)))
`

const requireScript = `
const { YektaYarSocket } = require('@yektayar/client')
const { coreContract } = require('@yektayar/protocol')
const { createFakeClient } = require('@yektayar/testing/fake')
const { startTestServer } = require('@yektayar/testing') // Node.js can require ES modules
const fake = createFakeClient()
fake.connect().then(async () => {
  const { received } = await fake.echo('from a fake')
  await fake.close()
  const commands = Object.keys(coreContract.commands)
  console.log(typeof YektaYarSocket, commands.includes('ping'), received, typeof startTestServer)
})
`

/** Files as people write them, which all mean the same. */
const envFiles: [how: string, content: string | Buffer][] = [
  ['plainly', 'PORT=0\nHOST=127.0.0.1\nDATABASE_URL=sqlite:my data/app.db\nDEMO=off\n'],
  [
    'for a shell, with export, quotes and comments',
    `# The server
export PORT='0' # any
export HOST="127.0.0.1"

# export DEMO=on
export DATABASE_URL="sqlite:my data/app.db"
export DEMO=\`off\`
`,
  ],
  [
    'by an editor of Windows, with a byte order mark',
    '\uFEFFPORT=0\r\nHOST = 127.0.0.1\r\nDATABASE_URL="sqlite:my data/app.db"\r\nDEMO=off\r\n',
  ],
  [
    'by PowerShell, in UTF-16',
    Buffer.from(
      "\uFEFFPORT=0\r\nHOST=127.0.0.1\r\nDATABASE_URL='sqlite:my data/app.db'\r\nDEMO=off\r\n",
      'utf16le',
    ),
  ],
  [
    'with tabs and spaces, a line twice and no last line break',
    '\tPORT\t=\t4000 \n\n  HOST= 127.0.0.1\t# here\nDATABASE_URL=sqlite:my data/app.db  \nDEMO=off\nPORT=0',
  ],
]

/** All of them with `npm run test:long outside`. */
const isLong = process.env.OUTSIDE === 'long'
const compilations: [compiler: string, module: string, resolution: string, files: string[]][] = [
  ['typescript-oldest', 'nodenext', 'nodenext', ['everything.ts', 'required.cts', 'roomTypes.ts']],
  ['typescript', 'nodenext', 'nodenext', ['everything.ts', 'required.cts', 'roomTypes.ts']],
  ['typescript-newest', 'esnext', 'bundler', ['everything.ts', 'roomTypes.ts']],
  ['typescript', 'commonjs', 'node10', ['everything.ts', 'subpaths.ts', 'roomTypes.ts']],
]
const moreCompilations: typeof compilations = [
  ['typescript', 'esnext', 'bundler', ['everything.ts']],
  ['typescript-newest', 'node16', 'node16', ['everything.ts', 'required.cts']],
  ['typescript-newest', 'nodenext', 'nodenext', ['everything.ts', 'required.cts']],
]

let made: PackedConsumer | undefined

beforeAll(async () => {
  const typescripts = [
    'typescript@~5.9.3',
    'typescript-newest@npm:typescript@latest',
    'typescript-oldest@npm:typescript@~5.4.5',
  ]
  made = await packedConsumer([
    ...['socket.io-client@4', 'zod@4', 'vue@3', 'pinia', 'fastify@5', '@types/node@20'],
    ...typescripts,
  ])
  await made.write({
    'everything.ts': everything,
    'roomTypes.ts': roomTypes,
    'subpaths.ts': `import { errorText } from '@yektayar/client/texts'
import { createFakeServer } from '@yektayar/testing/fake'
import { startTestServer } from '@yektayar/testing'
import { errorTexts } from '@yektayar/vue/texts'
import { useSocketStore } from '@yektayar/vue/pinia'
export const all = [errorText, errorTexts, createFakeServer, startTestServer, useSocketStore]
`,
    'required.cts': `import { YektaYarSocket } from '@yektayar/client'
import { coreContract } from '@yektayar/protocol'
import { createFakeClient, createFakeServer } from '@yektayar/testing/fake'
export const client = new YektaYarSocket({ url: 'http://localhost:3000', contract: coreContract })
export const fake = createFakeClient(coreContract, { commands: { ping: () => ({ timestamp: '' }) } })
export const other = createFakeServer().client()
`,
    'browser.js': browserEntry,
    'index.html': '<script type="module" src="/browser.js"></script>',
    'serve.mjs': serverScript,
    'require.cjs': requireScript,
  })
})

afterAll(() => made?.[Symbol.asyncDispose]())

/** The consumer project that all tests share. */
function theConsumer(): PackedConsumer {
  if (!made) throw new Error('The packages could not be installed')
  return made
}

/** Packages that we depend on need a newer compiler to check their own declarations. */
function withoutOtherPackages(output: string): string {
  const isOther = (line: string): boolean => /^(node_modules\/(?!@yektayar\/)|\s)/.test(line)
  return output
    .split('\n')
    .filter((line) => !isOther(line))
    .join('\n')
}

describe('the published packages, in a project of their own', () => {
  it.each([...compilations, ...(isLong ? moreCompilations : [])])(
    'type-check with %s, module %s, resolution %s',
    async (compiler, module, resolution, files) => {
      const { output } = await theConsumer().run(
        process.execPath,
        ...[`node_modules/${compiler}/bin/tsc`, '--noEmit', '--strict', '--skipLibCheck', 'false'],
        ...(resolution === 'node10' ? ['--esModuleInterop'] : []), // as by `tsc --init`; zod needs it
        ...['--target', 'es2022', '--lib', 'es2023,dom,dom.iterable', '--types', 'node'],
        ...['--module', module, '--moduleResolution', resolution, ...files],
      )
      expect(compiler === 'typescript-oldest' ? withoutOtherPackages(output) : output).toBe('')
    },
  )

  it('start a server on a file and talk to it', async () => {
    const { code, output } = await theConsumer().run(process.execPath, 'serve.mjs')
    expect({ code, output }).toEqual({ code: 0, output: '[{"text":"from outside"}]\n' })
  })

  it.concurrent.each(envFiles)('start the server by a .env written %s', async (how, content) => {
    const { path, write } = theConsumer()
    const folder = how.replaceAll(/\W+/g, '-')
    await write({ [`${folder}/.env`]: content })
    const command = join(path, 'node_modules/@yektayar/server/bin/yektayar-server.js')
    const { PATH } = process.env
    await using running = runProcess(process.execPath, [command], {
      cwd: join(path, folder),
      env: { PATH },
    })
    const url = await running.printed(/running at (http:\/\/127\.0\.0\.1:\d+)/)
    expect((await fetch(`${url}/health`)).status).toBe(200)
    expect(existsSync(join(path, folder, 'my data/app.db'))).toBe(true)
    running.child.kill('SIGTERM')
    expect((await running.exited)[0]).toBe(0)
  })

  it('can be required', async () => {
    const { output } = await theConsumer().run(process.execPath, 'require.cjs')
    expect(output).toContain('function true from a fake function\n')
  })

  it('bring their commands', async () => {
    const doctor = await theConsumer().run('npx', '--no-install', 'yektayar-doctor', '--help')
    expect(doctor).toMatchObject({ code: 0, output: expect.stringContaining('Usage') as string })
  })

  it('are bundled for a browser without a warning', async () => {
    const { path } = theConsumer()
    const { warnings } = await esbuild({
      absWorkingDir: path,
      entryPoints: ['browser.js'],
      bundle: true,
      format: 'esm',
      outfile: 'bundle/esbuild.js',
      logLevel: 'silent',
    })
    expect(warnings).toEqual([])

    const warned: string[] = []
    await viteBuild({
      root: path,
      configFile: false,
      logLevel: 'silent',
      build: {
        outDir: join(path, 'bundle/vite'),
        rolldownOptions: {
          onLog(level, { message }) {
            if (level === 'warn') warned.push(message)
          },
        },
      },
    })
    expect(warned).toEqual([])
  })
})
