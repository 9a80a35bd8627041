import { YektaYarSocket } from '@yektayar/client'
import type { YektaYarSocketOptions } from '@yektayar/client'
import type { SeededRandom } from '@yektayar/testing'
import type { Sent } from './history.js'
import { payloadOf } from './payload.js'

/** Options of a publisher. */
export interface PublisherOptions {
  readonly name: string
  readonly rooms: readonly string[]
  readonly client: YektaYarSocketOptions
  readonly random: SeededRandom
  /** The share of the server's answers that are dropped while it runs, from 0 to 1. */
  readonly withheld: number
  /** The maximum length of a message. @default the length of its id */
  readonly maxBytes?: number
}

/** A client that sends one message after another and records the outcome of each. */
export interface Publisher extends AsyncDisposable {
  /** Sends messages until it is stopped. */
  start(): void
  stop(): void
  /** Resolves when every call has an outcome. */
  settled(): Promise<void>
  history(): Sent[]
}

type MutableSent = { -readonly [Key in keyof Sent]: Sent[Key] }

/** The time between two messages, in milliseconds. */
const PAUSE_MS = [5, 40] as const

/** The most pending messages. Beyond its outbox limit, the client would refuse more. */
const MAX_WAITING = 500

/** Creates a publisher and starts to connect it. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { name, rooms, random, maxBytes = 0 } = options
  const client = new YektaYarSocket(options.client)
  let isStopped = false
  withholdAnswers(client, options, () => isStopped)
  void client.connect()
  const sent: MutableSent[] = []
  const promises: Promise<void>[] = []
  let timer: NodeJS.Timeout | undefined

  function send(): void {
    const room = rooms[random.between(0, rooms.length - 1)] ?? ''
    const id = `${name}-${String(sent.length)}`
    const one: MutableSent = {
      ...{ client: name, outbox: '', n: 0, room, id, sentAt: Date.now() },
      settled: 'unsettled',
    }
    sent.push(one)
    const promise = client.room(room as 'public:any').send(payloadOf(id, maxBytes, random))
    promises.push(
      promise.then(
        (receipt) => {
          const at = receipt.id.lastIndexOf('.')
          const outbox = receipt.id.slice(0, at)
          Object.assign(one, { outbox, n: Number(receipt.id.slice(at + 1)), receipt })
          one.settled = 'delivered'
        },
        (error: unknown) => {
          one.settled = 'failed'
          one.error = String(error)
        },
      ),
    )
  }

  return {
    start() {
      if (client.outbox.getSnapshot().items.length < MAX_WAITING) send()
      timer = setTimeout(
        () => {
          this.start()
        },
        random.between(...PAUSE_MS),
      )
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
    async settled() {
      await Promise.all(promises)
    },
    history: () => sent.map((one) => ({ ...one })),
    async [Symbol.asyncDispose]() {
      clearTimeout(timer)
      await client.disconnect()
    },
  }
}

/** Drops some acknowledgements just before the client sees them, after the server has acted. */
function withholdAnswers(
  client: YektaYarSocket,
  { random, withheld }: Pick<PublisherOptions, 'random' | 'withheld'>,
  isOver: () => boolean,
): void {
  const drawn = random.fork('withheld')
  const patched = new WeakSet<object>()
  client.subscribe(() => {
    const { socket } = client
    if (!socket || patched.has(socket)) return
    patched.add(socket)
    const open = socket as unknown as { onack(packet: unknown): void } // private in Socket.IO
    const answer = open.onack.bind(socket)
    open.onack = (packet) => {
      if (drawn.next() >= withheld || isOver()) answer(packet)
    }
  })
}
