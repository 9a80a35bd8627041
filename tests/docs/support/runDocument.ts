import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import * as clientPackage from '@yektayar/client'
import * as doctorPackage from '@yektayar/doctor'
import * as protocolPackage from '@yektayar/protocol'
import * as serverPackage from '@yektayar/server'
import * as testingPackage from '@yektayar/testing'
import * as fakePackage from '@yektayar/testing/fake'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { expect, vi } from 'vitest'
import * as zod from 'zod'
import { execute } from './execute.js'
import type { DocumentModule } from './modules.js'
import { startServer } from '../../support/startServer.js'

/** Where the documents look for the server. */
const DOCUMENTED_URL = 'http://localhost:3000'

/** How long plain sockets may take from the last line of their code to their end. */
const SOCKETS_END_MS = 5_000

/** What the documents leave to the defaults. */
const forTests = { port: 0, databaseUrl: 'sqlite::memory:', logLevel: 'silent' } as const

/** What one document's code has said and left behind. */
export interface DocumentRun {
  /** Runs one module after the others; it may import those that have run. */
  run(module: DocumentModule): Promise<void>
  /** What was logged, one line for each call. */
  readonly lines: readonly string[]
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Runs the code of a document as it stands, against real servers on free ports with empty stores.
 * Where a document starts a server, what follows connects to that one.
 */
export async function startDocument(): Promise<DocumentRun> {
  const ready = await startServer()
  const servers: Pick<serverPackage.YektaYarServer, 'url' | 'close'>[] = [ready.server]
  const apps: FastifyInstance[] = []
  const sockets: Socket[] = []
  const exported: Record<string, unknown> = {}
  const lines: string[] = []
  const tests: { name: string; test: () => Promise<void> }[] = []
  const log = (...values: unknown[]) => lines.push(values.map(toText).join(' '))

  const createServer = async (options: serverPackage.CreateServerOptions = {}) => {
    const server = await serverPackage.createServer({ ...forTests, ...options })
    const listen = async () => {
      const url = await server.listen.call(server)
      servers.push(server)
      return url
    }
    return Object.create(server, { listen: { value: listen } }) as typeof server
  }
  const modules = {
    'node:assert/strict': assert,
    '@yektayar/client': clientPackage,
    '@yektayar/doctor': doctorPackage,
    '@yektayar/protocol': protocolPackage,
    '@yektayar/server': { ...serverPackage, createServer },
    '@yektayar/testing': testingPackage,
    '@yektayar/testing/fake': fakePackage,
    vitest: {
      expect,
      vi,
      it: (name: string, test: () => Promise<void>) => tests.push({ name, test }),
    },
    'socket.io-client': {
      io: (url: string, options: Parameters<typeof io>[1]) => {
        const socket = io(url, { ...options, forceNew: true })
        sockets.push(socket)
        return socket
      },
    },
    zod,
    fastify: () => {
      const app = Fastify()
      apps.push(app)
      return app
    },
  }

  return {
    lines,
    async run({ name, code }) {
      const url = servers.at(-1)?.url ?? ''
      const adapted = code
        .replaceAll(DOCUMENTED_URL, url)
        .replaceAll('port: 3000', 'port: 0')
        .replaceAll('sqlite:data/yektayar.db', 'sqlite::memory:')
      const given = { ...modules, ...exported }
      const console = { log, warn: log, error: log }
      exported[`./${name.replace(/ts$/, 'js')}`] = await execute(adapted, given, { console })
      for (const { name: title, test } of tests.splice(0)) {
        await test()
        log(`passed: ${title}`)
      }
      // Plain sockets go on after the last line, until their listeners close them.
      await vi.waitFor(() => {
        if (sockets.some(({ active }) => active)) throw new Error(`${name} left a socket open`)
      }, SOCKETS_END_MS)
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.disconnect()
      for (const app of apps) await app.close()
      for (const server of servers) await server.close()
    },
  }
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { breakLength: Infinity })
}
