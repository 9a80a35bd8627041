import { setTimeout as sleep } from 'node:timers/promises'
import { SESSION_ACQUIRE_PATH } from '@yektayar/protocol'
import type { AcquiredSession, RoomJoined, RoomMessage, RoomPresence } from '@yektayar/protocol'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { startPostgres } from '@yektayar/testing'
import type { TestPostgres } from '@yektayar/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { hasPostgres } from '../../scripts/lib/postgres.mjs'
import { temporaryDirectory } from '../support/temporaryDirectory.js'
import { launchServer } from './support/launchServer.js'
import type { LaunchedServer } from './support/launchServer.js'
import { until } from './support/until.js'

const ROOM = 'public:stood-still'

/** Servers declare a silent node dead sooner than by default, to keep the test short. */
const env = { LIMIT_NODE_HEARTBEAT_MS: '200', LIMIT_NODE_TIMEOUT_MS: '1500' }

let postgres: TestPostgres | undefined

afterAll(() => postgres?.close())

/** The variables by which the servers of a test share a store. */
async function storeOf(kind: string): Promise<Record<string, string>> {
  if (kind === 'SQLite') return {}
  postgres ??= await startPostgres()
  return { DATABASE_URL: await postgres.createDatabase() }
}

/**
 * Two servers on one store with a member at each. `here` is at the server that will be suspended.
 */
async function openScene(kind: string) {
  const directory = await temporaryDirectory()
  const options = { directory: directory.path, env: { ...env, ...(await storeOf(kind)) } }
  const first = await launchServer(options)
  const second = await launchServer(options)
  const [here, there] = [await openMember(first), await openMember(second)]
  await here.join()
  await there.join()
  await until(() => here.present.size === 2 && there.present.size === 2)
  return {
    here,
    there,
    first,
    second,
    /** A process that stands still in a transaction keeps the lock of SQLite's file: not in that turn. */
    async stop() {
      first.suspend()
      while (!(await canWrite(second))) {
        first.resume()
        await sleep(50)
        first.suspend()
      }
    },
    goOn: () => {
      first.resume()
    },
    /** Ends the session of a member at the other server. */
    async end(token: string) {
      const { ok } = await fetch(`${second.url}/api/session`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
      })
      expect(ok).toBe(true)
    },
    async [Symbol.asyncDispose]() {
      here.socket.close()
      there.socket.close()
      await Promise.all([first.kill(), second.kill()])
      await directory[Symbol.asyncDispose]()
    },
  }
}

async function canWrite({ url }: LaunchedServer): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(500)
    return (await fetch(url + SESSION_ACQUIRE_PATH, { method: 'POST', signal })).ok
  } catch {
    return false
  }
}

/** A client by polling that polls only when it is told to. */
async function openPoller(url: string) {
  const acquired = await fetch(url + SESSION_ACQUIRE_PATH, { method: 'POST' })
  const { token } = (await acquired.json()) as AcquiredSession // checked by the tests of the route
  const address = `${url}/socket.io/?EIO=4&transport=polling`
  const opened = await (await fetch(address)).text()
  const { sid } = JSON.parse(opened.slice(1)) as { sid: string } // of Engine.IO's handshake
  const own = `${address}&sid=${sid}`
  const poll = async () => (await fetch(own)).text()
  const send = (body: string) => fetch(own, { method: 'POST', body })
  await send(`40${JSON.stringify({ token })}`)
  while (!(await poll()).includes('"connected"'));
  await send(`420${JSON.stringify(['room:join', { room: ROOM }])}`)
  while (!(await poll()).includes('430'));
  return { token, poll }
}

async function openMember({ url }: LaunchedServer) {
  const response = await fetch(url + SESSION_ACQUIRE_PATH, { method: 'POST' })
  const { token } = (await response.json()) as AcquiredSession // checked by the tests of the route
  const socket: Socket = io(url, { auth: { token }, transports: ['websocket'], forceNew: true })
  const present = new Set<string>()
  /** Every departure that this member was notified of. */
  const left: string[] = []
  const seen: unknown[] = []
  socket.on('room:presence', (change: RoomPresence) => {
    for (const { id } of change.present) present.add(id)
    for (const id of change.gone) present.delete(id)
    left.push(...change.gone)
  })
  socket.on('room:message', ({ data }: RoomMessage) => seen.push(data))
  await new Promise((resolve) => socket.once('connected', resolve))
  return {
    socket,
    token,
    present,
    left,
    seen,
    async join() {
      const answer = (await socket.emitWithAck('room:join', { room: ROOM })) as {
        data: RoomJoined
      }
      for (const { id } of answer.data.members) present.add(id)
    },
    async publish(data: string) {
      const answer: unknown = await socket.emitWithAck('room:send', { room: ROOM, data })
      expect(answer).toMatchObject({ ok: true })
    },
  }
}

const kinds = hasPostgres() ? ['SQLite', 'PostgreSQL'] : ['SQLite']

describe.each(kinds)('a server that stood still, on %s,', (kind) => {
  it('shows its members again, there and here, once it goes on', async () => {
    await using scene = await openScene(kind)
    const { here, there } = scene
    await scene.stop()
    await until(() => there.present.size === 1) // the other server has declared this one dead
    scene.goOn()
    const wentOnAt = performance.now()
    await until(() => there.present.size === 2)
    expect(performance.now() - wentOnAt).toBeLessThan(2_000)
    await there.publish('back')
    await until(() => here.seen.includes('back'))
    expect(here.left).toEqual([])
    expect(here.present.size).toBe(2)
  })

  it('serves nothing to a session that was ended meanwhile', async () => {
    await using scene = await openScene(kind)
    const { here, there } = scene
    await scene.stop()
    // These packets wait in the socket of the suspended server, which reads them first when it
    // resumes.
    const names = ['status', 'room:history', 'echo', 'session:renew', 'room:join']
    const answers = names.map((name) =>
      here.socket.emitWithAck(name, name.startsWith('room:') ? { room: ROOM } : undefined),
    )
    await scene.end(here.token)
    await there.publish('a secret')
    await until(() => there.present.size === 1)
    const ended = new Promise((resolve) => here.socket.once('session:ended', resolve))
    scene.goOn()
    for (const answer of await Promise.allSettled(answers)) {
      // Where the session is ended before a command is read, there is no answer to it.
      if (answer.status === 'rejected') continue
      expect(answer.value).toMatchObject({ ok: false, error: { code: 'token_invalid' } })
    }
    expect(await ended).toEqual({ code: 'ended' })
    expect(here.seen).toEqual([])
  })

  it('brings no poll what was said before its session was ended', async () => {
    await using scene = await openScene(kind)
    const poller = await openPoller(scene.first.url)
    await scene.there.publish('a secret') // it waits for the next poll
    await until(() => scene.here.seen.length === 1)
    await scene.stop()
    const polled = poller.poll()
    await scene.end(poller.token)
    await scene.there.publish('another')
    await until(() => scene.there.present.size === 1)
    scene.goOn()
    const packets = await polled
    expect(packets).toContain('session:ended')
    expect(packets).not.toContain('room:')
  })

  it('sends no typing, event or message on to a session that was ended meanwhile', async () => {
    await using scene = await openScene(kind)
    const { here, there } = scene
    const other = await openMember(scene.first)
    await other.join()
    const heard: string[] = []
    here.socket.onAny((name: string) => heard.push(name))
    await until(() => there.present.size === 3)
    await until(() => heard.includes('room:presence'))
    heard.length = 0
    await scene.stop()
    other.socket.emit('room:typing', { room: ROOM, isTyping: true })
    const sent = other.publish('by another one')
    await scene.end(here.token)
    await there.publish('a secret')
    await until(() => there.present.size === 1)
    const ended = new Promise((resolve) => here.socket.once('session:ended', resolve))
    scene.goOn()
    await ended
    await sent
    await until(() => other.seen.length === 2)
    expect(heard).toEqual(['session:ended'])
  })
})
