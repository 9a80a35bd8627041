import type { Answer } from '@yektayar/protocol'
import { expect } from 'vitest'
import type { Socket } from 'socket.io-client'
import { checkAnswer } from './answers.js'
import { within } from './within.js'

/** The outcome of a command; `closed` if its connection was closed. */
export type Outcome = Answer<unknown> | 'closed'

/** Sends a command with an acknowledgement and waits for its outcome. */
export async function callWithAck(
  client: Socket,
  name: string,
  ...args: unknown[]
): Promise<Outcome> {
  const answered = new Promise<unknown>((resolve) => client.emit(name, ...args, resolve))
  const end = await within(Promise.race([answered, closeOf(client)]), `${name} with an ack`)
  client.off('disconnect')
  return end === 'closed' ? end : checkAnswer(end)
}

/** Sends a command without an acknowledgement and waits for its reply event or `command:failed`. */
export async function sendWithoutAck(
  client: Socket,
  name: string,
  reply: string | undefined,
  ...args: unknown[]
): Promise<Outcome> {
  const heard = new Promise<unknown>((resolve) => {
    client.once('command:failed', ({ command, error }: { command: unknown; error: unknown }) => {
      expect(command).toBe(name.slice(0, 64))
      resolve({ ok: false, error })
    })
    if (reply !== undefined) {
      client.once(reply, (data: unknown) => {
        resolve({ ok: true, data })
      })
    }
  })
  client.emit(name, ...args)
  // A success without a reply event cannot be observed, so the answer to a ping stands in for it.
  const silent = reply === undefined ? [client.emitWithAck('ping') as Promise<unknown>] : []
  const end = await within(
    Promise.race([heard, closeOf(client), ...silent]),
    `${name} without an ack`,
  )
  client.off('disconnect')
  client.off('command:failed')
  if (reply !== undefined) client.off(reply)
  return end === 'closed' ? end : checkAnswer(end)
}

function closeOf(client: Socket): Promise<'closed'> {
  return new Promise((resolve) => {
    client.once('disconnect', () => {
      resolve('closed')
    })
  })
}
