import type { Json } from '@yektayar/protocol'
import { eventually } from '../support/stage.js'
import { outcomeOf } from './normalize.js'
import type { Operation } from './operation.js'
import type { Scene } from './scene.js'

/** The timeout of calls while offline, which cannot be answered. */
const UNSENT_TIMEOUT_MS = 10

/** The events that answer a command sent without an acknowledgement. */
const replies: readonly string[] = [
  ...['pong', 'status_response', 'info_response', 'echo_response', 'message_received'],
  'command:failed',
]

/** The client without its types, as plain JavaScript sees it. */
interface LooseClient {
  call(name: string, input: unknown, options?: object): Promise<unknown>
  readonly socket: {
    emit(...packet: unknown[]): void
    onAny(listener: (name: string, payload: unknown) => void): void
    offAny(listener: (name: string, payload: unknown) => void): void
  } | null
}

/** Performs one step and resolves with its result. */
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

/** Performs the steps that change the state of the client, and not only send commands. */
async function direct(scene: Scene, operation: Operation): Promise<unknown> {
  const { stage } = scene
  const { client } = stage
  switch (operation.do) {
    case 'signIn': {
      if (!scene.isUp) return undefined // offline, the fake's request waits but a real one fails
      const { username, password } = operation
      return outcomeOf(client.session.signIn({ username: username as string, password }))
    }
    case 'signOut':
      // Offline, the real client ends its session locally and reconnects by a different call.
      return scene.isUp ? outcomeOf(client.session.signOut()) : undefined
    case 'renew':
      return scene.isUp ? outcomeOf(client.session.renew()) : undefined
    case 'list':
      return scene.isUp ? outcomeOf(client.session.list().then(({ length }) => length)) : undefined
    case 'changeUser':
      // The client is not notified of a new token for the same user.
      if (!scene.isUp || client.session.userId === operation.userId) return undefined
      await stage.changeUser(operation.userId)
      return eventually(() => {
        if (client.session.userId !== operation.userId) throw new Error('not heard yet')
      })
    case 'endSession':
      // After the session of a signed-in user ends, the server keeps the member present for a while. The
      // fake does not.
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
      // The room may not exist yet.
      return stage.truncate(operation.room, operation.kept).catch(() => undefined)
    case 'retry':
    case 'cancel':
      return redo(scene, operation.do)
    default:
      return disturb(scene, operation)
  }
}

/** Performs the steps that affect the network, the server, or other people. */
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

/** Retries or cancels the first failed item of the outbox. */
function redo({ stage, isUp }: Scene, what: 'retry' | 'cancel'): unknown {
  const { outbox } = stage.client
  const failed = outbox.getSnapshot().items.find(({ state }) => state === 'failed')
  if (!failed || !isUp) return undefined
  return what === 'cancel' ? outbox.cancel(failed.id) : outcomeOf(outbox.retry(failed.id))
}

/**
 * Resolves with the result of a send. Offline it returns at once, and the result is recorded later.
 */
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

/** Sends `room:join` directly, from a position that another reader of the same log might have. */
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

/** Drops the hint: on the server, publish() throws an error of another class at the app. */
function withoutHint(outcome: unknown): unknown {
  // The object comes from outcomeOf().
  const { failure } = outcome as { failure?: { code?: unknown; message?: unknown } }
  return failure ? { code: failure.code, message: failure.message } : outcome
}
