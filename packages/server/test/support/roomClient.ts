import type { CommandOutput, OutboxItem, RoomMessage } from '@yektayar/protocol'
import { connected } from './server.js'
import type { PlainClient, startServer } from './server.js'

/** A room that everyone may join. */
export const ROOM = 'public:lobby'

type Context = Pick<Awaited<ReturnType<typeof startServer>>, 'acquire' | 'client'>

/** A plain Socket.IO client with its own session, and a record of what it received. */
export async function roomClient(context: Context, token?: string, transports?: string[]) {
  const session = token ?? (await context.acquire()).token
  const how = transports && { transports }
  const socket = await connected(context.client({ auth: { token: session }, ...how }))
  const seen: RoomMessage[] = []
  socket.on('room:message', (message) => seen.push(message))
  const ask = askOf(socket)
  return {
    socket,
    token: session,
    seen,
    ask,
    join: (room: string, after?: { epoch: string; seq: number; id?: string }) =>
      ask('room:join', { room, after }) as Promise<CommandOutput<'room:join'>>,
    send: (room: string, data: unknown) =>
      ask('room:send', { room, data }) as Promise<CommandOutput<'room:send'>>,
    deliver: (outbox: string, items: readonly OutboxItem[]) =>
      ask('outbox:deliver', { outbox, items }) as Promise<CommandOutput<'outbox:deliver'>>,
  }
}

/** Sends commands; resolves with the result, or rejects with the error as received. */
function askOf(socket: PlainClient) {
  return async (name: string, input: unknown): Promise<unknown> => {
    const untyped = socket as unknown as {
      emitWithAck(name: string, input: unknown): Promise<unknown>
    }
    const answer = (await untyped.emitWithAck(name, input)) as
      { ok: true; data: unknown } | { ok: false; error: Error }
    if (answer.ok) return answer.data
    throw Object.assign(new Error(answer.error.message), answer.error)
  }
}

/** An outbox item that sends to a room. */
export function sendItem(n: number, room: string, data: string, key = `key-${data}`): OutboxItem {
  return { n, name: 'room:send', input: { room, data }, key }
}

/** The answers of a delivery. */
export function answersOf(delivered: CommandOutput<'outbox:deliver'>) {
  if ('answers' in delivered) return delivered.answers
  throw new Error(`There are no answers in ${JSON.stringify(delivered)}`)
}
