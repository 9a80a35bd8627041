import { MAX_PAYLOAD_BYTES, validate } from '@yektayar/protocol'
import type { AnyContract } from '@yektayar/protocol'
import type { Socket } from 'socket.io-client'
import type { Connection } from './connection.js'
import { startDeadline, waitUntil } from './deadline.js'
import type { Deadline } from './deadline.js'
import type { CallOptions } from './options.js'
import { parseAnswer } from './parseAnswer.js'
import { whenStatus } from './whenStatus.js'
import { YektaYarError } from './yektaYarError.js'

/** What a call needs besides its name and input. */
export interface SendCommandOptions extends CallOptions {
  /** Checks the input before it is sent and the output on arrival. */
  contract?: AnyContract | undefined
  /** Receives the milliseconds between sending and answer; a wait for the connection is not in it. */
  onRoundTrip?: (roundTripMs: number) => void
}

/** Room for the packet's own brackets, type and number around a name and a payload. */
const PACKET_OVERHEAD_BYTES = 64

/**
 * Sends one command and resolves with the server's answer.
 *
 * Nothing is left in Socket.IO's send buffer: a command issued while there is no connection waits
 * for one only within its own timeout, so an old intent is never replayed minutes later.
 *
 * @throws {YektaYarError} for every failure; branch on `code`, and on `mayHaveRun` before a retry
 */
export async function sendCommand(
  connection: Connection,
  name: string,
  input: unknown,
  { timeoutMs, signal, contract, onRoundTrip }: SendCommandOptions,
): Promise<unknown> {
  const definition = contract?.commands[name]
  checkPayload(name, input)
  if (definition) {
    const checked = await validate(definition.input, input)
    if (!checked.ok) {
      throw new YektaYarError('invalid_input', `${name}: the input breaks the contract`, {
        data: { issues: checked.issues },
      })
    }
  }

  const deadline = startDeadline(timeoutMs, signal)
  try {
    const socket = await ready(connection, name, deadline)
    const startedAt = performance.now()
    const answer = parseAnswer(await acknowledgement(socket, name, input, deadline))
    onRoundTrip?.(performance.now() - startedAt)
    if (!answer.ok) throw YektaYarError.fromAnswer(name, answer.error)
    if (!definition) return answer.data

    const checked = await validate(definition.output, answer.data)
    if (checked.ok) return checked.value
    throw new YektaYarError('invalid_answer', `${name}: the answer breaks the contract`, {
      mayHaveRun: true,
      data: { issues: checked.issues },
    })
  } finally {
    deadline.end()
  }
}

async function ready(connection: Connection, name: string, deadline: Deadline): Promise<Socket> {
  await whenStatus(connection.state, 'connected', deadline, (code) =>
    code === 'not_connected'
      ? new YektaYarError(code, `${name}: there is no connection`, { hint: 'Call connect() first' })
      : new YektaYarError(code, `${name}: not sent, since no connection came up in time`),
  )
  const { socket } = connection
  if (socket?.connected) return socket
  throw unsent(name)
}

function unsent(name: string): YektaYarError {
  return new YektaYarError('connection_lost', `${name}: not sent, since the connection was lost`)
}

function acknowledgement(
  socket: Socket,
  name: string,
  input: unknown,
  deadline: Deadline,
): Promise<unknown> {
  return waitUntil<unknown>(
    deadline,
    (resolve, reject) => {
      let isSent = true
      const onDisconnect = (): void => {
        reject(isSent ? unanswered('connection_lost', name) : unsent(name))
      }
      socket.once('disconnect', onDisconnect)
      const buffered = socket.sendBuffer.length
      if (input === undefined) socket.emit(name, resolve)
      else socket.emit(name, input, resolve)
      // After a sleep Socket.IO may find only now that its heartbeat is overdue: it then keeps the
      // packet for the next connection and disconnects. It must not go out behind the caller's back.
      if (socket.sendBuffer.length > buffered) {
        socket.sendBuffer.pop()
        isSent = false
      }
      return () => socket.off('disconnect', onDisconnect)
    },
    (code) => unanswered(code, name),
  )
}

function unanswered(code: 'timeout' | 'aborted' | 'connection_lost', name: string): YektaYarError {
  return new YektaYarError(code, `${name}: sent, but not answered (${code})`, {
    hint: 'The server may have acted; repeat it only if that does no harm',
    mayHaveRun: true,
  })
}

/** Refuses here what the server would have to cut the connection for. */
function checkPayload(name: string, input: unknown): void {
  const text = input === undefined ? '' : stringify(name, input)
  const bytes = new TextEncoder().encode(name + text).length + PACKET_OVERHEAD_BYTES
  if (bytes > MAX_PAYLOAD_BYTES) {
    throw new YektaYarError('payload_too_large', `${name}: the input has ${bytes} bytes`, {
      hint: `At most ${MAX_PAYLOAD_BYTES} bytes travel in one packet`,
    })
  }
}

function stringify(name: string, input: unknown): string {
  let text: unknown // `undefined` for a function, whatever its type says
  let cause: unknown
  try {
    text = JSON.stringify(input)
  } catch (error) {
    cause = error
  }
  if (typeof text === 'string') return text
  throw new YektaYarError('invalid_input', `${name}: the input is not JSON`, { cause })
}
