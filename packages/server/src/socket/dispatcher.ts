import type { Answer } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { CommandError, isCommandError, toAnswerError } from '../commandError.js'
import { serverDraining } from '../draining.js'
import type { Draining } from '../draining.js'
import type { Limits } from '../limits.js'
import type { RunOnce } from '../delivery/runOnce.js'
import { takeOrRefuse } from '../rateLimit.js'
import type { RateLimit } from '../rateLimit.js'
import type { Metrics } from '../metrics/metrics.js'
import { invalidToken } from '../sessions/authenticate.js'
import type { Sessions } from '../sessions/sessions.js'
import { checkOutput, parseInput } from './checkCommand.js'
import type { CommandContext } from './commandContext.js'
import { sessionOf } from './connection.js'
import type { Connection } from './connection.js'
import { guardInput } from './inputGuard.js'
import { onlyPayload, splitArguments } from './packetArguments.js'
import type { Command } from './pairCommands.js'
import { runInTime } from './runInTime.js'

/** What the dispatcher needs. */
export interface DispatcherOptions {
  commands: ReadonlyMap<string, Command>
  runOnce: RunOnce
  sessions: Sessions
  /** Counts the commands of each session. */
  perSession: RateLimit
  /** Whether results are checked against the contract before they are sent. */
  checkOutputs: boolean
  draining: Draining
  metrics: Metrics
  limits: Limits
}

/**
 * Takes every packet of a connection: a name, a payload, an acknowledgement, or none of them; and
 * the log of the connection. Never throws.
 */
export type Dispatcher = (
  connection: Connection,
  packet: readonly unknown[],
  connectionLog: FastifyBaseLogger,
) => void

/** Creates the one place through which every command goes. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { commands, draining, limits, metrics, perSession } = options
  let lastCommandId = 0

  return (connection, packet, connectionLog) => {
    const { values, acknowledge } = splitArguments(packet)
    const [name, ...payloads] = values
    const command = typeof name === 'string' ? commands.get(name) : undefined
    const log = connectionLog.child({ commandId: ++lastCommandId, command: command && name })
    const startedAt = performance.now()
    const leave = onlyOnce(draining.enter())
    connection.once('disconnect', leave) // nobody waits for its answer then

    const settle = (answer: Answer<unknown>): void => {
      if (acknowledge) acknowledge(answer)
      else if (!answer.ok)
        emitUntyped(connection, 'command:failed', {
          command: nameOf(name, limits),
          error: answer.error,
        })
      else if (command?.definition.reply !== undefined) {
        emitUntyped(connection, command.definition.reply, answer.data)
      }
      // Only now, since an answer that cannot be encoded is followed by another one.
      const ms = performance.now() - startedAt
      if (answer.ok) log.debug({ ms }, 'command answered')
      else log.debug({ ms, error: answer.error }, 'command failed')
      metrics.answered(command && String(name), answer.ok ? 'ok' : answer.error.code, ms)
    }

    runInTime(connection, limits.handlerTimeoutMs, async (signal) => {
      if (draining.isDraining) throw serverDraining(limits)
      takeOrRefuse(perSession, connection.data.sessionId, 'commands of this session')
      return runCommand(command, payloads, { connection, log, signal }, options)
    })
      .then((data) => {
        settle({ ok: true, data })
      })
      .catch((error: unknown) => {
        // Also reached when a result cannot be encoded, such as one with a BigInt in it.
        if (!isCommandError(error) || error.cause !== undefined)
          log.error({ err: error }, 'command threw')
        settle({ ok: false, error: toAnswerError(error) })
      })
      .catch((error: unknown) => {
        // The details of a typed error cannot be encoded either; this answer has none.
        log.error({ err: error }, 'answer could not be encoded')
        settle({ ok: false, error: toAnswerError(error) })
      })
      .catch((error: unknown) => {
        log.error({ err: error }, 'answer could not be sent')
      })
      .finally(() => {
        connection.off('disconnect', leave)
        leave()
      })
  }
}

async function runCommand(
  command: Command | undefined,
  payloads: readonly unknown[],
  context: Pick<CommandContext<unknown>, 'connection' | 'log' | 'signal'>,
  { checkOutputs, runOnce, sessions }: DispatcherOptions,
): Promise<unknown> {
  if (!command) throw new CommandError('unknown_command', 'The server has no such command')
  const { definition, handler } = command

  const payload = onlyPayload(payloads)
  guardInput(payload)
  const input = await parseInput(definition, payload)

  const { data } = context.connection
  data.lastActivityAt = await sessions.touch(data.sessionId, data.lastActivityAt)
  const session = sessionOf(context.connection)
  if (data.isEnded) throw invalidToken()
  const caller = { ...context, session }
  if (!handler) return runOnce(command, input, caller)
  const output = await handler({ ...caller, input })
  if (checkOutputs) await checkOutput(definition, output)
  return output
}

/** Names come from the contract at run time here, where its types are no help. */
function emitUntyped(connection: Connection, name: string, payload: unknown): void {
  ;(connection as { emit(name: string, payload: unknown): boolean }).emit(name, payload)
}

function nameOf(name: unknown, limits: Limits): string {
  const isName = typeof name === 'string' || typeof name === 'number' // no other gets decoded
  return isName ? String(name).slice(0, limits.maxEchoedNameLength) : ''
}

function onlyOnce(work: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) work()
    isDone = true
  }
}
