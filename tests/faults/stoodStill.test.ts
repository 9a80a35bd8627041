import { SESSION_ACQUIRE_PATH } from '@yektayar/protocol'
import type { AcquiredSession, RoomJoined, RoomMessage, RoomPresence } from '@yektayar/protocol'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../support/temporaryDirectory.js'
import { launchServer } from './support/launchServer.js'
import type { LaunchedServer } from './support/launchServer.js'
import { until } from './support/until.js'

const ROOM = 'public:stood-still'

/** Servers declare a silent node dead sooner than by default, to keep the test short. */
const env = { LIMIT_NODE_HEARTBEAT_MS: '200', LIMIT_NODE_TIMEOUT_MS: '1500' }

/**
 * Two servers on one file with a member at each. `here` is at the server that will be suspended.
 */
async function openScene() {
  const directory = await temporaryDirectory()
  const [first, second] = await Promise.all([
    launchServer({ directory: directory.path, env }),
    launchServer({ directory: directory.path, env }),
  ])
  const [here, there] = [await openMember(first), await openMember(second)]
  await here.join()
  await there.join()
  await until(() => here.present.size === 2 && there.present.size === 2)
  return {
    here,
    there,
    second,
    stop: () => process.kill(first.pid ?? 0, 'SIGSTOP'),
    goOn: () => process.kill(first.pid ?? 0, 'SIGCONT'),
    async [Symbol.asyncDispose]() {
      here.socket.close()
      there.socket.close()
      await Promise.all([first.kill(), second.kill()])
      await directory[Symbol.asyncDispose]()
    },
  }
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
    publish: (data: string) => socket.emitWithAck('room:send', { room: ROOM, data }),
  }
}

it('a server that stood still shows its members again, there and here, once it goes on', async () => {
  await using scene = await openScene()
  const { here, there } = scene
  scene.stop()
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

it('a server that stood still serves nothing to a session that was ended meanwhile', async () => {
  await using scene = await openScene()
  const { here, there, second } = scene
  scene.stop()
  // These packets wait in the socket of the suspended server, which reads them first when it
  // resumes.
  const answers = ['status', 'room:history', 'echo'].map((name) =>
    here.socket.emitWithAck(name, name === 'room:history' ? { room: ROOM } : undefined),
  )
  const headers = { authorization: `Bearer ${here.token}` }
  await fetch(`${second.url}/api/session`, { method: 'DELETE', headers })
  await there.publish('a secret')
  await until(() => there.present.size === 1)
  const ended = new Promise((resolve) => here.socket.once('session:ended', resolve))
  scene.goOn()
  for (const answer of await Promise.all(answers)) {
    expect(answer).toMatchObject({ ok: false, error: { code: 'token_invalid' } })
  }
  expect(await ended).toEqual({ code: 'ended' })
  expect(here.seen).toEqual([])
})
