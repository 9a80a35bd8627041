import { isYektaYarError, memoryStorage, YektaYarSocket } from '@yektayar/client'
import type { TransportName, YektaYarSocketOptions } from '@yektayar/client'
import { caseContract } from './caseContract.js'
import { recordUse, unusedMembers } from './useOfMembers.js'

/** Where a page finds its server, and how it gets there. */
export interface Road {
  readonly url: string
  readonly path?: string
  readonly basePath?: string
  readonly transports: readonly TransportName[]
}

/** What a page of another origin does. */
export interface OtherOriginPage {
  /** Plays a scene, and says what came of it. */
  readonly play: (scene: SceneName, road: Road) => Promise<unknown>
  readonly unusedMembers: () => string[]
}

/** What a page does, by name. */
export type SceneName = keyof typeof scenes

type CaseContract = typeof caseContract

const ROOM = 'public:outside'

function clientOf(road: Road, options: YektaYarSocketOptions<CaseContract> = {}) {
  const contract = caseContract
  return recordUse(
    new YektaYarSocket({
      ...road,
      contract,
      retryDelayMs: 50,
      storage: memoryStorage(),
      ...options,
    }),
  )
}

/** The code with which a promise was rejected. */
async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => (isYektaYarError(error) ? error.code : String(error)),
  )
}

/** Resolves with what a room or client shows, once it is what a test waits for. */
async function until<Value>(read: () => Value, isReached: (value: Value) => boolean) {
  const endsAt = performance.now() + 10_000
  for (;;) {
    const value = read()
    if (isReached(value)) return value
    if (performance.now() > endsAt) throw new Error(`Waited in vain: ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function commands(road: Road): Promise<unknown> {
  const client = clientOf(road)
  const statuses: string[] = []
  const stop = client.subscribe(({ status }) => {
    if (statuses.at(-1) !== status) statuses.push(status)
  })
  const welcome = new Promise((resolve) => {
    client.once('connected', resolve)
  })
  const events = client.events('case:opened')
  const heard: string[] = []
  client.on('case:opened', ({ title }) => heard.push(title))
  const connecting = client.connect()
  await client.whenStatus('connected')
  await connecting
  const { socketId, transport } = client.getSnapshot()
  const { roundTripMs } = await client.ping()
  const { connection } = await client.getStatus()
  const { websocket } = await client.getInfo()
  const { received } = await client.echo({ text: 'سلام' })
  const { success } = await client.sendMessage({ text: 'hi' })
  const before = await client.call('case:count', {})
  await client.call('case:open', { title: 'first' })
  const untyped = recordUse(new YektaYarSocket<CaseContract>({ ...road, storage: memoryStorage() }))
  await untyped.connect(road.url)
  await untyped.call('case:open', { title: 'second' }, { delivery: 'once' })
  await untyped.disconnect()
  const counted = (await client.call('case:count', {})) - before
  await until(
    () => heard,
    ({ length }) => length === 2,
  )
  const streamed = await events.next()
  const isOneSocket = [connection.socketId, client.socket?.id].every((id) => id === socketId)
  const hasWelcome = (await welcome) !== undefined
  await client.disconnect()
  stop()
  return {
    ...{ statuses, transport, isOneSocket, hasWelcome, isTimed: roundTripMs >= 0, received },
    ...{ success, counted, heard, streamed: streamed.value as unknown, status: client.status },
    transportAtServer: websocket.transport,
  }
}

async function rooms(road: Road): Promise<unknown> {
  const [client, other] = [clientOf(road), clientOf(road)]
  await Promise.all([client.connect(), other.connect()])
  const [room, theirs] = [client.room(ROOM), other.room(ROOM)]
  const messages: unknown[] = []
  room.on('message', ({ data }) => messages.push(data))
  const snapshots: unknown[] = []
  const stop = room.subscribe((snapshot) => snapshots.push(snapshot))
  const presence: boolean[] = []
  await room.join()
  room.on('presence', ({ isPresent }) => presence.push(isPresent))
  await room.setPresence({ name: 'page' })
  const atFirst = [room.messages.length, room.hasOlder]
  const hasMore = await room.loadOlder()
  const page = await room.history({ limit: 3 })
  await theirs.join()
  await until(
    () => room.members,
    ({ length }) => length === 2,
  )
  const [own] = room.members
  const people = [room.memberCount, room.isComplete, room.self === own?.id]
  await until(
    () => {
      theirs.typing(true) // which may be lost, and is repeated
      return room.typists
    },
    ({ length }) => length === 1,
  )
  theirs.typing(false)
  const receipt = await theirs.send({ text: 'from outside' })
  await until(
    () => messages,
    ({ length }) => length === 1,
  )
  const state = [
    (room.name as string) === ROOM,
    room.isJoined,
    room.state,
    room.error,
    room.continuity?.kind,
  ]
  const isUpToDate = room.position?.seq === receipt.seq && room.getSnapshot().messages.length === 61
  await theirs.leave()
  await until(
    () => presence,
    ({ length }) => length === 2,
  )
  const forbidden = await codeOf(client.room('user:somebody').join())
  await room.leave()
  await Promise.all([client.disconnect(), other.disconnect()])
  const left = room.state
  stop()
  const isTold = snapshots.length > 2
  return {
    ...{
      atFirst,
      hasMore,
      page: page.messages.length,
      messages,
      state,
      isUpToDate,
      presence,
      people,
    },
    ...{ forbidden, left, isTold },
  }
}

async function session(road: Road): Promise<unknown> {
  const client = clientOf(road, { metadata: { device: 'page' } })
  const states: string[] = []
  const stop = client.session.subscribe(({ state }) => {
    if (states.at(-1) !== state) states.push(state)
  })
  await client.connect()
  const [own] = await client.session.list()
  const anonymous = [client.session.userId, client.session.isLoggedIn, own?.metadata]
  const wrong = await codeOf(client.session.signIn({ username: 'sara', password: 'wrong' }))
  await client.session.signIn({ username: 'sara', password: 'right' })
  const signedIn = [client.session.userId, client.session.isLoggedIn, client.status]

  const other = clientOf(road, { replaceSession: false })
  await other.connect()
  await other.session.signIn({ username: 'sara', password: 'right' })
  const both = await client.session.list()
  const theirs = both.find(({ isCurrent }) => !isCurrent)
  const { id } = client.session.getSnapshot()
  const isKnown = both.find(({ isCurrent }) => isCurrent)?.id === id && id === client.session.id
  const ended = other.whenStatus('stopped')
  await client.session.end(theirs?.id)
  await ended
  const unknown = await codeOf(client.session.end(theirs?.id))

  const expiresAt = client.session.expiresAt
  await client.session.renew()
  const isLater = Date.parse(client.session.expiresAt ?? '') > Date.parse(expiresAt ?? '')
  await client.session.signOut()
  const signedOut = [client.session.userId, client.status]
  await client.session.end()
  await client.whenStatus('stopped').catch(() => undefined)
  const last = [client.session.state, client.status, client.getSnapshot().error?.code]
  stop()
  await client.connect()
  const again = client.status
  await client.disconnect()
  return {
    ...{
      isKnown,
      anonymous,
      wrong,
      signedIn,
      sessions: both.length,
      ended: other.getSnapshot().error?.code,
    },
    ...{ unknown, isLater, signedOut, last, again, states: [...new Set(states)] },
  }
}

async function outbox(road: Road): Promise<unknown> {
  const client = clientOf(road, { outbox: { persist: 'indexeddb' } })
  const states: string[] = []
  const stop = client.outbox.subscribe(({ items }) => {
    for (const { state } of items) states.push(state)
  })
  const sent = client.sendMessage('waits')
  const cancelled = codeOf(client.sendMessage('cancelled'))
  const [, second] = client.outbox.getSnapshot().items
  const isCancelled = client.outbox.cancel(second?.id ?? '')
  await client.connect()
  const { success } = await sent
  const { storage } = client.outbox
  const refused = await codeOf(client.room('user:somebody').send('refused'))
  const failed = client.outbox
    .getSnapshot()
    .items.find(({ error }) => error?.code === 'room_forbidden')
  const again = await codeOf(client.outbox.retry(failed?.id ?? ''))
  client.outbox.clear()
  const left = client.outbox.getSnapshot().items.length
  stop()
  await client.disconnect()
  return {
    ...{ success, isCancelled, cancelled: await cancelled, storage, refused, again, left },
    states: [...new Set(states)].sort(),
  }
}

/** Why a client does not connect. */
async function refusal(road: Road): Promise<unknown> {
  const client = clientOf(road)
  const code = await codeOf(client.connect({ timeoutMs: 1_500 }))
  const { error } = client.getSnapshot()
  await client.disconnect()
  return { code, error: error?.code, hint: error?.hint }
}

/** Every call of REST, as a page makes it that has no client. */
async function rest({ url, basePath = '' }: Road): Promise<unknown> {
  const answers: Record<string, unknown> = {}
  const ask = async (
    what: string,
    { token, body, ...init }: { token?: string; body?: object; method?: string } = {},
  ) => {
    const [method = 'GET', path = ''] = what.split(' ')
    const response = await fetch(url + basePath + path, {
      ...init,
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const answer = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
    return { status: response.status, headers: response.headers, answer }
  }
  const note = async (what: string, options?: Parameters<typeof ask>[1], name = what) => {
    const { status, headers, answer } = await ask(what, options)
    answers[name] = headers.get('x-request-id') === null ? `${String(status)} without id` : status
    return answer as { token: string; id: string } // of the routes where it is used
  }
  const acquire = 'POST /api/session/acquire'
  const { token } = await note(acquire)
  await note(acquire, { body: { metadata: { a: 1 } } }, 'acquire with metadata')
  await note('GET /api')
  await note('GET /health')
  await note('GET /ready')
  await note('GET /api/session', { token })
  const renewed = await note('POST /api/session/renew', { token })
  const credentials = { username: 'omid', password: 'right' }
  const signIn = 'POST /api/session/sign-in'
  const signedIn = await note(signIn, { token: renewed.token, body: credentials })
  const second = await note(acquire, {}, 'acquire again')
  const other = await note(signIn, { token: second.token, body: credentials }, 'sign-in again')
  await note('GET /api/session/all', { token: signedIn.token })
  const ending = `DELETE /api/session/${other.id}`
  await note(ending, { token: signedIn.token }, 'DELETE /api/session/:id')
  const signedOut = await note('POST /api/session/sign-out', { token: signedIn.token })
  await note('DELETE /api/session', { token: signedOut.token })
  await note('GET /api/session', { token: signedOut.token }, 'GET /api/session with an ended one')
  const stranger = await ask(acquire)
  const strangersToken = (stranger.answer as { token: string }).token
  let limited: Awaited<ReturnType<typeof ask>> | undefined
  for (let count = 0; count < 6 && limited?.status !== 429; count++) {
    limited = await ask(signIn, { token: strangersToken, body: { ...credentials, password: 'x' } })
  }
  answers['retry-after'] = Number(limited?.headers.get('retry-after')) > 0
  return answers
}

const scenes = { commands, outbox, refusal, rest, rooms, session }

Object.assign(globalThis, {
  outside: {
    // As text, since a stack of the page leads to no file of the test.
    play: (scene, road) =>
      scenes[scene](road).catch((error: unknown) => `${scene} threw ${String(error)}`),
    unusedMembers,
  } satisfies OtherOriginPage,
})
