import type { AnyContract } from '@yektayar/protocol'
import type { Socket } from 'socket.io-client'
import type { Connection } from '../connection/connection.js'
import { waitForStatus } from '../connection/waitForStatus.js'
import { startDeadline, waitUntil } from '../shared/deadline.js'
import type { Deadline, DeadlineCode } from '../shared/deadline.js'
import { errorFromServer } from '../shared/errorFromServer.js'
import { INPUT_BOUNDS } from '../shared/limits.js'
import type { CallOptions } from '../shared/options.js'
import { now } from '../shared/platform.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { codeOf, elapsedMs } from '../shared/trace.js'
import { isYektaYarError, YektaYarError } from '../shared/yektaYarError.js'
import { forgetAnswer } from './forgetAnswer.js'
import { measurePayload } from './measurePayload.js'
import { validatePayload } from './validatePayload.js'

/** Options of a call. */
export interface SendCommandOptions extends CallOptions {
  /** Checks the input before it is sent and the output on arrival. */
  contract?: AnyContract | undefined
}

/** A command's result. */
export interface CommandResult {
  readonly data: unknown
  /** Milliseconds between sending and answer, without the wait for a connection. */
  readonly roundTripMs: number
  /** Under which the server's log knows it. */
  readonly requestId: string | undefined
}

/**
 * Sends one command and resolves with its result.
 *
 * Nothing stays in Socket.IO's send buffer. Without a connection, a command waits for one only
 * within its own timeout, so that an outdated command is never sent minutes later.
 *
 * @throws {YektaYarError} for every failure; branch on `code`, and on `mayHaveRun` before a retry
 */
export async function sendCommand(
  connection: Connection,
  name: string,
  given: unknown,
  { timeoutMs, signal, contract }: SendCommandOptions,
): Promise<CommandResult> {
  const { state, trace } = connection
  const call = ++connection.calls
  const deadline = startDeadline(timeoutMs, signal)
  let startedAt = now()
  let failure: unknown
  let requestId: string | undefined
  try {
    const { input, bytes } = measurePayload(name, given, INPUT_BOUNDS)
    await validatePayload(contract, 'input', name, input)
    if (state.status !== 'connected') trace?.({ type: 'wait', call, name, bytes })
    const socket = await ready(connection, name, deadline)
    // Both sides know the connection and Socket.IO's next packet in it, whose number is private there.
    requestId = [socket.id, (socket as unknown as { ids: number }).ids].join('.')
    trace?.({ type: 'send', call, name, bytes })
    startedAt = now()
    const answer = propertiesOf(await acknowledgement(socket, name, input, deadline))
    const roundTripMs = elapsedMs(startedAt)
    if (answer.ok !== true)
      throw errorFromServer(name, answer.ok === false ? answer.error : undefined)
    return {
      data: await validatePayload(contract, 'output', name, answer.data),
      roundTripMs,
      requestId,
    }
  } catch (error) {
    failure = error
    if (requestId && isYektaYarError(error)) error.requestId = requestId
    // It was sent, and no answer came: the link may be silent.
    if (isYektaYarError(error) && error.code === 'timeout' && error.mayHaveRun) connection.doubt()
    throw error
  } finally {
    deadline.end()
    trace?.({
      type: 'answer',
      ...{ call, name, code: failure ? codeOf(failure) : null },
      mayHaveRun: propertiesOf(failure).mayHaveRun === true,
      requestId,
      durationMs: elapsedMs(startedAt),
    })
  }
}

async function ready(connection: Connection, name: string, deadline: Deadline): Promise<Socket> {
  const { state } = connection
  await waitForStatus(state, 'connected', deadline, (code, cause) =>
    unanswered(name, code, false, cause),
  )
  const { socket } = connection
  if (socket?.connected) return socket
  throw unanswered(name, 'connection_lost', false)
}

function acknowledgement(
  socket: Socket,
  name: string,
  input: unknown,
  deadline: Deadline,
): Promise<unknown> {
  let isSent = false
  let isAnswered = false
  return waitUntil<unknown>(
    deadline,
    (resolve, reject) => {
      const onDisconnect = (): void => {
        reject(unanswered(name, 'connection_lost', isSent))
      }
      const onAnswer = (answer: unknown): void => {
        isAnswered = true
        resolve(answer)
      }
      socket.once('disconnect', onDisconnect)
      const buffered = socket.sendBuffer.length
      if (input === undefined) socket.emit(name, onAnswer)
      else socket.emit(name, input, onAnswer)
      isSent = socket.sendBuffer.length === buffered
      // After a sleep, Socket.IO may notice only now that its heartbeat is overdue. It then buffers
      // the packet for the next connection and disconnects. The call fails, so it must not be sent.
      if (!isSent) socket.sendBuffer.pop()
      return () => {
        socket.off('disconnect', onDisconnect)
        if (!isAnswered) forgetAnswer(socket, onAnswer)
      }
    },
    (code) => unanswered(name, code, isSent),
  )
}

function unanswered(
  name: string,
  code: DeadlineCode | 'not_connected',
  isSent: boolean,
  cause?: YektaYarError,
): YektaYarError {
  const hint = code === 'not_connected' ? 'Call connect() first' : undefined
  return new YektaYarError(
    code,
    `${name}: ${isSent ? 'sent, but not answered' : 'not sent'} (${code})`,
    {
      hint: isSent ? 'It may have run' : hint,
      mayHaveRun: isSent,
      cause,
    },
  )
}
