import { command, coreContract, extendContract, none, room } from '@yektayar/protocol'
import type { CreateServerOptions } from '@yektayar/server'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createFakeServer, startTestServer } from '../../src/index.js'
import { eventually } from '../support/stage.js'

const Status = z.object({ userId: z.string(), status: z.string() })

const contract = extendContract(coreContract, {
  commands: {
    'status:tell': command({ input: z.string(), output: none }),
    'status:save': command({ input: z.string(), output: z.array(z.number()), delivery: 'once' }),
    'status:wrong': command({ input: z.string(), output: none }),
    'key:read': command({ input: none, output: z.string(), delivery: 'once' }),
  },
  events: { 'status:changed': Status },
  rooms: { 'support:{userId}': room({ message: z.object({ text: z.string() }) }) },
})
type AppContract = typeof contract

/** What a backend is made of: the same options for a server and for the fake. */
const backend = {
  product: { name: 'Statuses', version: '1.2.3', description: 'Who does what' },
  authenticate: async ({ username = '' }, { emit, log, sessionId, address }) => {
    log.info({ username, sessionId, address }, 'signs in')
    await emit('status:changed', { userId: username, status: 'here' }, { to: { everyone: true } })
    return username
  },
  authorize: async ({ userId }, action, { name }, { publish }) => {
    if (action === 'join' && userId !== null)
      await publish(`support:${userId}`, { text: `${name} is read` })
    return userId !== null
  },
  commands: {
    'status:tell': async ({ input, emit, session, signal }) => {
      if (signal.aborted || session.userId === null) throw new Error('nobody')
      const { userId } = session
      const [kind = '', to = ''] = input.split('=')
      const target = kind === 'everyone' ? { everyone: true } : { [kind]: to }
      await emit('status:changed', { userId, status: input }, { to: target as { everyone: true } })
    },
    'status:save': async ({ input, emit, publish, session: { id, userId } }) => {
      const changed = { userId: userId ?? '', status: input }
      await emit('status:changed', changed, { to: { session: id } })
      const first = await publish('support:sara', { text: input })
      const second = await publish('support:sara', { text: `${input} again` })
      if (input === 'broken') throw new Error('a mistake')
      return [first.seq, second.seq]
    },
    'status:wrong': async ({ input, emit }) => {
      if (input === 'event') await emit('status:chnged' as 'status:changed', {} as never, all)
      else if (input === 'core') await emit('connected' as 'status:changed', {} as never, all)
      else if (input === 'payload') await emit('status:changed', { userId: 1 } as never, all)
      else await emit('status:changed', { userId: '', status: '' }, {} as typeof all)
    },
    'key:read': ({ key }) => key.slice(0, 0) + typeof key,
  },
} satisfies Omit<CreateServerOptions<AppContract>, 'contract'>

const all = { to: { everyone: true } } as const

type Opened = Awaited<ReturnType<typeof openServer>> | ReturnType<typeof openFake>

async function openServer() {
  const opened = await startTestServer({ contract, ...backend })
  return {
    client: () => opened.client({ contract }),
    [Symbol.asyncDispose]: () => opened.close(),
  }
}

function openFake() {
  const opened = createFakeServer(contract, backend)
  return { client: () => opened.client(), [Symbol.asyncDispose]: () => opened.close() }
}

/** A signed-in client, and the statuses that it has heard. */
async function enter(opened: Opened, username: string) {
  const client = opened.client()
  await client.connect()
  await client.session.signIn({ username })
  const heard: string[] = []
  client.on('status:changed', ({ status }) => heard.push(status))
  return { client, heard }
}

describe.each<{ stage: string; open: () => Opened | Promise<Opened> }>([
  { stage: 'a server', open: openServer },
  { stage: 'the fake', open: openFake },
])('the handlers of an app, on $stage', ({ open }) => {
  it('emit to a user, a session, a room and everyone', async () => {
    await using opened = await open()
    const { client: sara, heard: saras } = await enter(opened, 'sara')
    const { client: omid, heard: omids } = await enter(opened, 'omid')
    await omid.room('support:omid').join()
    for (const to of ['user=sara', `session=${sara.session.id ?? ''}`, 'room=support:omid'])
      await sara.call('status:tell', to)
    await sara.call('status:tell', 'everyone')
    await eventually(() => {
      expect(saras.filter((status) => status !== 'here')).toEqual([
        ...['user=sara', `session=${sara.session.id ?? ''}`, 'everyone'],
      ])
      expect(omids).toEqual(['room=support:omid', 'everyone'])
    })
  })

  it('tell what a once command has done when it has succeeded, and nothing of one that failed', async () => {
    await using opened = await open()
    const { client, heard } = await enter(opened, 'lena')
    const { client: sara } = await enter(opened, 'sara')
    const room = sara.room('support:sara')
    await room.join()
    const failing = client.call('status:save', 'broken')
    await expect(failing).rejects.toMatchObject({ code: 'internal_error' })
    const [first = 0, second] = await client.call('status:save', 'on call')
    expect(second).toBe(first + 1)
    await eventually(() => {
      const texts = room.messages.map(({ data, from }) => `${from}: ${data.text}`)
      expect(texts).toEqual([
        ...['server: support:sara is read', 'server: on call', 'server: on call again'],
      ])
      expect(heard.filter((status) => status !== 'here')).toEqual(['on call'])
    })
    expect(await client.call('key:read')).toBe('string')
  })

  it.each(['event', 'core', 'payload', 'target'])(
    'are answered as wrong where they emit a wrong %s',
    async (what) => {
      await using opened = await open()
      const { client, heard } = await enter(opened, 'sara')
      const failing = client.call('status:wrong', what)
      await expect(failing).rejects.toMatchObject({ code: 'internal_error' })
      await client.echo('there')
      expect(heard.filter((status) => status !== 'here')).toEqual([])
    },
  )

  it('are called the app’s own product by info and status', async () => {
    await using opened = await open()
    const { client } = await enter(opened, 'sara')
    expect((await client.getInfo()).server).toMatchObject({
      name: 'Statuses',
      version: '1.2.3',
      description: 'Who does what',
    })
    const { server } = await client.getStatus()
    expect(server).toMatchObject({ name: 'Statuses', version: '1.2.3' })
  })
})

describe('a handler that needs a store', () => {
  it.each(['database', 'transaction', 'connection'])(
    'is told what to use for its %s',
    async (name) => {
      await using server = createFakeServer(contract, {
        commands: { 'status:tell': (context) => Reflect.get(context, name) as undefined },
      })
      const client = server.client()
      await client.connect()
      await expect(client.call('status:tell', '')).rejects.toThrow(
        `The fake has no ${name}: test this with startTestServer() of @yektayar/testing`,
      )
    },
  )
})
