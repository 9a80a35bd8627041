import type { Json } from '@yektayar/protocol'
import { eventually } from '../support/stage.js'
import { outcomeOf } from './normalize.js'
import type { Operation } from './operation.js'
import type { Scene } from './scene.js'

/** Of calls without a connection, which cannot be answered. */
const UNSENT_TIMEOUT_MS = 10

/** The events by which a caller without an acknowledgement is answered. */
const replies: readonly string[] = [
  ...['pong', 'status_response', 'info_response', 'echo_response', 'message_received'],
  'command:failed',
]

/** Any call and any event, as plain JavaScript makes them. */
interface LooseClient {
  call(name: string, input: unknown, options?: object): Promise<unknown>
  readonly socket: {
    emit(...packet: unknown[]): void
    onAny(listener: (name: string, payload: unknown) => void): void
    offAny(listener: (name: string, payload: unknown) => void): void
  } | null
}

/** Does one step, and resolves with what came of it. */
export async function perform(scene: Scene, operation: Operation, step: number): Promise<unknown> {
  const { stage } = scene
  const { client } = stage
  const options = scene.isUp ? {} : { timeoutMs: UNSENT_TIMEOUT_MS }
  const loose = client as unknown as LooseClient
  switch (operation.do) {
    case 'call':
      return scene.isUp ? outcomeOf(acknowledged(loose, operation)) : undefined
    case 'emit':
      return scene.isUp ? outcomeOf(replied(loose, operation)) : undefined
    case 'deliver':
      return outcomeOf(loose.call('outbox:deliver', operation.delivery, options))
    case 'note':
      return outcomeOf(loose.call(operation.name, { text: operation.text }, options))
    case 'message':
      return outcomeOf(client.sendMessage(operation.data, options))
    case 'send':
      return send(scene, step, scene.room(operation.room).send(operation.data))
    case 'join':
      return send(
        scene,
        step,
        scene
          .room(operation.room)
          .join()
          .then(() => 'joined'),
      )
    case 'leave':
      return outcomeOf(scene.room(operation.room).leave())
    case 'typing':
      scene.room(operation.room).typing(true)
      return undefined
    case 'loadOlder':
      return outcomeOf(scene.room(operation.room).loadOlder({ limit: 3, ...options }))
    case 'history':
      return outcomeOf(
        loose.call('room:history', { room: operation.room, ...operation.range }, options),
      )
    case 'rejoin':
      return outcomeOf(rejoin(scene, loose, operation))
    case 'publish':
      return outcomeOf(stage.publish(operation.room, operation.data)).then(withoutHint)
    default:
      return direct(scene, operation)
  }
}

/** What changes the scene, and not only asks for something. */
async function direct(scene: Scene, operation: Operation): Promise<unknown> {
  const { stage } = scene
  const { client } = stage
  switch (operation.do) {
    case 'signIn': {
      if (!scene.isUp) return undefined // a request of the fake waits for the network, another one fails
      const { username, password } = operation
      return outcomeOf(client.session.signIn({ username: username as string, password }))
    }
    case 'signOut':
      // Without a server it ends the session on the client alone, which reconnects by another call.
      return scene.isUp ? outcomeOf(client.session.signOut()) : undefined
    case 'renew':
      return scene.isUp ? outcomeOf(client.session.renew()) : undefined
    case 'list':
      return scene.isUp ? outcomeOf(client.session.list().then(({ length }) => length)) : undefined
    case 'changeUser':
      // Another token for the same user is one that the client does not get.
      if (!scene.isUp || client.session.userId === operation.userId) return undefined
      await stage.changeUser(operation.userId)
      return eventually(() => {
        if (client.session.userId !== operation.userId) throw new Error('not heard yet')
      })
    case 'endSession':
      // A user whose session has ended is present for a while on a server, and not on the fake.
      return scene.isUp && !client.session.isLoggedIn ? stage.endSession(operation.code) : undefined
    case 'disconnectByServer':
      if (!scene.isUp) return undefined
      await stage.disconnectByServer()
      return outcomeOf(client.connect())
    case 'reconnect':
      if (!scene.isUp) return undefined
      await client.disconnect()
      return outcomeOf(client.connect())
    case 'truncate':
      return stage.truncate(operation.room, operation.kept).catch(() => undefined) // no such room yet
    case 'retry':
    case 'cancel':
      return redo(scene, operation.do)
    default:
      return disturb(scene, operation)
  }
}

/** What happens to the network, the server, and to others. */
async function disturb(scene: Scene, operation: Operation): Promise<unknown> {
  const { stage, people } = scene
  switch (operation.do) {
    case 'drop':
      if (!scene.isUp) return undefined
      scene.isUp = false
      return stage.drop()
    case 'restore':
      if (scene.isUp) return undefined
      scene.isUp = true
      stage.restore()
      return undefined
    case 'replaceStore':
      if (scene.isUp || people.length > 0) return undefined
      return stage.replaceStore()
    case 'arrive':
      if (people.length > 0) return undefined
      people.push(await stage.arrive(operation.room))
      return undefined
    case 'depart':
      return people.pop()?.leave()
    default:
      return undefined
  }
}

/** Sends again, or takes out of the list, what failed first. */
function redo({ stage, isUp }: Scene, what: 'retry' | 'cancel'): unknown {
  const { outbox } = stage.client
  const failed = outbox.list().find(({ state }) => state === 'failed')
  if (!failed || !isUp) return undefined
  return what === 'cancel' ? outbox.cancel(failed.id) : outcomeOf(outbox.retry(failed.id))
}

/** Waits for the result of a send. While offline it returns, and the result is collected later. */
function send(scene: Scene, step: number, work: Promise<unknown>): unknown {
  if (scene.isUp) return outcomeOf(work)
  scene.follow(step, work)
  return undefined
}

function acknowledged(
  { socket }: LooseClient,
  { name, payloads }: { readonly name: string; readonly payloads: readonly Json[] },
): Promise<unknown> {
  return new Promise((resolve) => socket?.emit(name, ...payloads, resolve))
}

function replied(
  { socket }: LooseClient,
  { name, payloads }: { readonly name: string; readonly payloads: readonly Json[] },
): Promise<unknown> {
  return new Promise((resolve) => {
    const listen = (event: string, payload: unknown): void => {
      if (!replies.includes(event)) return
      socket?.offAny(listen)
      resolve([event, payload])
    }
    socket?.onAny(listen)
    socket?.emit(name, ...payloads)
  })
}

/** Joins by hand from a position, as another reader of the same log would. */
async function rejoin(
  scene: Scene,
  client: LooseClient,
  { room, seq, id }: Extract<Operation, { readonly do: 'rejoin' }>,
): Promise<unknown> {
  if (!scene.isUp) return undefined
  const page = (await client.call('room:history', { room })) as {
    readonly epoch: string
    readonly messages: readonly { readonly seq: number; readonly id: string }[]
  }
  const own = page.messages.find((message) => message.seq === seq)?.id
  const known = id === 'own' ? (own ?? 'gone') : id
  const after = { epoch: page.epoch, seq, ...(known !== null && { id: known }) }
  return client.call('room:join', { room, after })
}

/** A server throws an error of its own at the app that publishes. */
function withoutHint(outcome: unknown): unknown {
  const { failure } = outcome as { failure?: { code?: unknown; message?: unknown } } // made above
  return failure ? { code: failure.code, message: failure.message } : outcome
}
