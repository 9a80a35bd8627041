import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { faultProxy } from '../src/index.js'
import type { FaultProxy } from '../src/index.js'
import { open } from './support/startPeer.js'

const UPGRADE =
  'GET /socket.io/ HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n'
const GET = 'GET / HTTP/1.1\r\nHost: here\r\n\r\n'
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\n\r\n'

/** A server that accepts every upgrade, sends `0123456789`, and echoes what it receives. */
async function startWeb() {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.method ?? '')
    response.end('plain')
  })
  const upgraded = new Set<Duplex>()
  server.on('upgrade', (_request, socket) => {
    asked.push('upgrade')
    upgraded.add(socket)
    socket.on('error', () => undefined)
    socket.write(`${SWITCHING}0123456789`)
    socket.on('data', (bytes: Buffer) => {
      if (bytes.toString() === 'bye') socket.end('!')
      else socket.write(bytes)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    target: `http://127.0.0.1:${String(port)}`,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of upgraded) socket.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function scene(begin: (proxy: FaultProxy) => void) {
  const web = await startWeb()
  const proxy = await faultProxy({ target: web.target })
  begin(proxy)
  return {
    web,
    proxy,
    async ask(head: string) {
      const watched = await open(proxy.url)
      watched.socket.write(head)
      return watched
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await web[Symbol.asyncDispose]()
    },
  }
}

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 150))
}

describe('hang()', () => {
  it('lets upgrades go nowhere, in however many parts they come, and requests pass', async () => {
    await using stage = await scene((proxy) => {
      proxy.hang()
    })
    using upgrade = await stage.ask(UPGRADE.slice(0, 80))
    upgrade.socket.write(UPGRADE.slice(80))
    using plain = await stage.ask(GET)
    await vi.waitFor(() => {
      expect(plain.text()).toContain('plain')
    })
    await soon()
    expect(upgrade.text()).toBe('')
    expect(stage.web.asked).toEqual(['GET'])
  })

  it('lets every request go nowhere', async () => {
    await using stage = await scene((proxy) => {
      proxy.hang({ traffic: 'all' })
    })
    using plain = await stage.ask(GET)
    await soon()
    expect(plain.text()).toBe('')
    expect(stage.web.asked).toEqual([])
    stage.proxy.heal()
    using other = await stage.ask(GET)
    await vi.waitFor(() => {
      expect(other.text()).toContain('plain')
    })
  })
})

describe('swallow()', () => {
  it.each([
    [0, SWITCHING],
    [4, `${SWITCHING}0123`],
    [10, `${SWITCHING}0123456789`],
  ])('passes the head of an answer and %d bytes', async (afterBytes, expected) => {
    await using stage = await scene((proxy) => {
      proxy.swallow({ afterBytes })
    })
    using upgrade = await stage.ask(UPGRADE)
    await vi.waitFor(() => {
      expect(upgrade.text()).toBe(expected)
    })
    upgrade.socket.write('heard?')
    await soon()
    expect(upgrade.text()).toBe(expected)
    using plain = await stage.ask(GET)
    await vi.waitFor(() => {
      expect(plain.text()).toContain('plain')
    })
  })

  it('reaches connections that stand already', async () => {
    await using stage = await scene(() => undefined)
    using upgrade = await stage.ask(UPGRADE)
    await vi.waitFor(() => {
      expect(upgrade.text()).toBe(`${SWITCHING}0123456789`)
    })
    stage.proxy.swallow()
    upgrade.socket.write('heard?')
    await soon()
    expect(upgrade.text()).toBe(`${SWITCHING}0123456789`)
  })
})

describe('buffer()', () => {
  it('passes complete answers, and a WebSocket when it ends', async () => {
    await using stage = await scene((proxy) => {
      proxy.buffer()
    })
    using plain = await stage.ask(GET)
    await vi.waitFor(() => {
      expect(plain.text()).toContain('plain')
    })
    using upgrade = await stage.ask(UPGRADE)
    await soon()
    expect(upgrade.text()).toBe(SWITCHING)
    upgrade.socket.write('bye')
    await vi.waitFor(() => {
      expect(upgrade.text()).toBe(`${SWITCHING}0123456789!`)
    })
  })
})

describe('captivePortal()', () => {
  it.each([GET, UPGRADE, 'POST /api HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}'])(
    'answers in the server’s place: %j',
    async (head) => {
      await using stage = await scene((proxy) => {
        proxy.captivePortal('<p>Sign in</p>')
      })
      using asked = await stage.ask(head)
      expect(await asked.over).toBe('end')
      expect(asked.text()).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/html/)
      expect(asked.text()).toMatch(/<p>Sign in<\/p>$/)
      expect(stage.web.asked).toEqual([])
    },
  )
})

describe('cutIdle()', () => {
  it('ends a connection on which nothing has passed for so long', async () => {
    await using stage = await scene((proxy) => {
      proxy.cutIdle(300)
    })
    using upgrade = await stage.ask(UPGRADE)
    for (let n = 0; n < 4; n++) {
      await soon()
      upgrade.socket.write(String(n))
    }
    await vi.waitFor(() => {
      expect(upgrade.text()).toBe(`${SWITCHING}01234567890123`)
    })
    expect(await upgrade.over).toBe('end')
  })
})

it.each([
  (proxy: FaultProxy) => {
    proxy.swallow({ afterBytes: -1 })
  },
  (proxy: FaultProxy) => {
    proxy.cutIdle(0)
  },
])('refuses a number that cannot work', async (act) => {
  await using proxy = await faultProxy({ target: 'http://127.0.0.1:1' })
  expect(() => {
    act(proxy)
  }).toThrow(RangeError)
})
