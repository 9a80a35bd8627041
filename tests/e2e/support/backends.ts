import type { AddressInfo } from 'node:net'
import { createServer, yektayar } from '@yektayar/server'
import type { YektaYarOptions } from '@yektayar/server'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { startNginx } from '../../support/nginx.js'
import { selfSigned } from '../../support/selfSigned.js'
import { caseContract } from './caseContract.js'

type Contract = typeof caseContract

/** A server as a page reaches it. */
interface Backend {
  readonly url: string
  /** What is put before its addresses, if anything. */
  readonly paths?: { readonly path: string; readonly basePath: string }
  publish(this: void, room: string, data: { count: number }): Promise<unknown>
  close(this: void): Promise<void>
}

/** A server that allows pages of some origins, in one of the ways in which they are reached. */
export type StartBackend = (corsOrigins: string[]) => Promise<Backend>

/** Options of a server in production whose users have the password `right`. */
function optionsFor(corsOrigins: string[], emit: (title: string) => void) {
  let opened = 0
  return {
    contract: caseContract,
    commands: {
      'case:count': () => opened,
      'case:open': ({ input }) => {
        opened++
        emit(input.title)
        return { opened }
      },
    },
    databaseUrl: 'sqlite::memory:',
    environment: 'production',
    corsOrigins,
    authenticate: ({ username, password }) => (password === 'right' ? (username ?? null) : null),
  } satisfies YektaYarOptions<Contract>
}

async function startStandalone(corsOrigins: string[], options = {}) {
  const server = await createServer<Contract>({
    ...optionsFor(corsOrigins, (title) => server.io.emit('case:opened', { title })),
    ...options,
    port: 0,
    host: '127.0.0.1',
    logLevel: 'silent',
  })
  return { server, url: await server.listen() }
}

/** `createServer` over http. */
export const plainBackend: StartBackend = async (corsOrigins) => {
  const { server, url } = await startStandalone(corsOrigins)
  return { url, publish: server.publish, close: () => server.close() }
}

/** The plugin in an app over TLS, which makes the app itself. */
function secureBackend(create: (tls: { key: string; cert: string }) => unknown): StartBackend {
  return async (corsOrigins) => {
    const tls = await selfSigned()
    const app = create(tls) as FastifyInstance // the plugin is registered in any app of Fastify
    const emit = (title: string) => {
      const io = app.yektayar.io as unknown as { emit(name: string, payload: object): void } // of the contract
      io.emit('case:opened', { title })
    }
    await app.register(yektayar(optionsFor(corsOrigins, emit)))
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo // it listens on a port
    return {
      url: `https://127.0.0.1:${String(port)}`,
      publish: app.yektayar.publish,
      async close() {
        await app.close()
        await tls[Symbol.asyncDispose]()
      },
    }
  }
}

export const httpsBackend = secureBackend((https) => Fastify({ https }))
export const http2Backend = secureBackend((tls) =>
  Fastify({ http2: true, https: { ...tls, allowHTTP1: true } }),
)
export const onlyHttp2Backend = secureBackend((tls) =>
  Fastify({ http2: true, https: { ...tls, allowHTTP1: false } }),
)

/** Behind nginx with TLS, HTTP/2 and a path before everything, which nginx takes away. */
export const nginxBackend: StartBackend = async (corsOrigins) => {
  const tls = await selfSigned()
  const { server, url } = await startStandalone(corsOrigins, { trustProxy: ['127.0.0.1'] })
  const proxy = await startNginx({
    listen: 'ssl http2',
    config: `
    ssl_certificate ${tls.certFile};
    ssl_certificate_key ${tls.keyFile};
    location /care/ {
      proxy_pass ${url}/;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }`,
  })
  return {
    url: `https://${proxy.host}`,
    paths: { path: '/care/socket.io', basePath: '/care' },
    publish: server.publish,
    async close() {
      await server.close()
      await proxy[Symbol.asyncDispose]()
      await tls[Symbol.asyncDispose]()
    },
  }
}
