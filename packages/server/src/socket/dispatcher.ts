import { validate } from '@yektayar/protocol'
import type { AnyContract, Answer, CommandDefinition } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { CommandError, isCommandError, toAnswerError } from '../commandError.js'
import { serverDraining } from '../draining.js'
import type { Draining } from '../draining.js'
import type { Limits } from '../limits.js'
import type { Metrics } from '../metrics/metrics.js'
import { OptionError } from '../optionError.js'
import { createRateLimit, takeOrRefuse } from '../rateLimit.js'
import { invalidToken } from '../sessions/authenticate.js'
import type { Sessions } from '../sessions/sessions.js'
import type { AnyCommandHandler, CommandContext } from './commandContext.js'
import type { Connection } from './connection.js'
import { guardInput } from './inputGuard.js'
import { onlyPayload, splitArguments } from './packetArguments.js'
import { runInTime } from './runInTime.js'

/** What the dispatcher needs. */
export interface DispatcherOptions {
  contract: AnyContract
  handlers: ReadonlyMap<string, AnyCommandHandler>
  sessions: Sessions
  /** Whether results are checked against the contract before they are sent. */
  checkOutputs: boolean
  draining: Draining
  metrics: Metrics
  limits: Limits
}

interface Command {
  readonly definition: CommandDefinition
  readonly handler: AnyCommandHandler
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

/**
 * Creates the one place through which every command goes.
 *
 * @throws {OptionError} when a command of the contract has no handler, or a handler no command
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const commands = pairCommands(options.contract, options.handlers)
  const { draining, limits, metrics } = options
  const perSession = createRateLimit({
    burst: limits.commandBurstPerSession,
    perSecond: limits.commandsPerSessionPerSecond,
    maxKeys: limits.maxCounted,
    onRefused: () => {
      metrics.refused('commandsPerSessionPerSecond')
    },
  })
  let lastCommandId = 0

  return (connection, packet, connectionLog) => {
    const { values, acknowledge } = splitArguments(packet)
    const [name, ...payloads] = values
    const command = typeof name === 'string' ? commands.get(name) : undefined
    const log = connectionLog.child({ commandId: ++lastCommandId, command: command && name })
    const startedAt = performance.now()
    const leave = draining.enter()

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
      .finally(leave)
  }
}

async function runCommand(
  command: Command | undefined,
  payloads: readonly unknown[],
  context: Pick<CommandContext<unknown>, 'connection' | 'log' | 'signal'>,
  { checkOutputs, sessions }: DispatcherOptions,
): Promise<unknown> {
  if (!command) throw new CommandError('unknown_command', 'The server has no such command')
  const { definition, handler } = command

  const payload = onlyPayload(payloads)
  guardInput(payload)
  const input = await validate(definition.input, payload)
  if (!input.ok) {
    throw new CommandError('invalid_input', 'The input does not fit this command', {
      data: { issues: input.issues },
    })
  }

  const { data } = context.connection
  data.lastActivityAt = await sessions.touch(data.sessionId, data.lastActivityAt)
  const session = { id: data.sessionId, userId: data.userId, isLoggedIn: data.isLoggedIn }
  if (data.isEnded) throw invalidToken()
  const output = await handler({ ...context, input: input.value, session })

  if (checkOutputs) {
    const checked = await validate(definition.output, output)
    if (!checked.ok)
      throw new TypeError(`The result breaks the contract: ${JSON.stringify(checked.issues)}`)
  }
  return output
}

function pairCommands(
  contract: AnyContract,
  handlers: ReadonlyMap<string, AnyCommandHandler>,
): ReadonlyMap<string, Command> {
  for (const name of handlers.keys()) {
    if (!Object.hasOwn(contract.commands, name)) {
      throw new OptionError(`The handler "${name}" has no command in the contract`)
    }
  }
  return new Map(
    Object.entries(contract.commands).map(([name, definition]) => {
      const handler = handlers.get(name)
      if (!handler) throw new OptionError(`The command "${name}" has no handler`)
      return [name, { definition, handler }]
    }),
  )
}

/** Names come from the contract at run time here, where its types are no help. */
function emitUntyped(connection: Connection, name: string, payload: unknown): void {
  ;(connection as { emit(name: string, payload: unknown): boolean }).emit(name, payload)
}

function nameOf(name: unknown, limits: Limits): string {
  const isName = typeof name === 'string' || typeof name === 'number' // no other gets decoded
  return isName ? String(name).slice(0, limits.maxEchoedNameLength) : ''
}
