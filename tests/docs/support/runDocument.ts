import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import * as clientPackage from '@yektayar/client'
import * as doctorPackage from '@yektayar/doctor'
import * as protocolPackage from '@yektayar/protocol'
import * as serverPackage from '@yektayar/server'
import * as testingPackage from '@yektayar/testing'
import * as textsPackage from '@yektayar/client/texts'
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

/** The server URL used in the documents. */
const DOCUMENTED_URL = 'http://localhost:3000'

/** How long plain sockets may stay open after the last line of their code. */
const SOCKETS_END_MS = 5_000

/** Test values for options that the documents leave at their defaults. */
const forTests = { port: 0, databaseUrl: 'sqlite::memory:', logLevel: 'silent' } as const

/** A run of the code of one document. */
export interface DocumentRun {
  /** Runs one module. It may import the modules that ran before it. */
  run(module: DocumentModule): Promise<void>
  /** The logged lines, one per call. */
  readonly lines: readonly string[]
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Runs the code of a document unchanged, against real servers on free ports with empty stores. While
 * a server of the document's own listens, the following code connects to that one.
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
    const close = async () => {
      await server.close()
      if (servers.includes(server)) servers.splice(servers.indexOf(server), 1)
    }
    const members = { listen: { value: listen }, close: { value: close } }
    return Object.create(server, members) as typeof server
  }
  const modules = {
    'node:assert/strict': assert,
    '@yektayar/client': clientPackage,
    '@yektayar/client/texts': textsPackage,
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
      // Plain sockets stay open after the last line, until their listeners close them.
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
