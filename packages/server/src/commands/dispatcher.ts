import { coreContract } from '@yektayar/protocol'
import type { Answer } from '@yektayar/protocol'
import { refusalOfCommand, refusals } from '@yektayar/protocol/rules'
import { invalidToken } from '../shared/invalidToken.js'
import type { ActivityNotes } from '../sessions/activityNotes.js'
import type { Sessions } from '../sessions/sessions.js'
import {
  CommandError,
  commandErrorOf,
  isExpected,
  logFailure,
  toAnswerError,
} from '../shared/commandError.js'
import { isObserved, publish } from '../shared/diagnostics.js'
import { serverDraining } from '../shared/draining.js'
import type { Draining } from '../shared/draining.js'
import type { LimitName, Limits } from '../shared/limits.js'
import { isPromise, whenSettled } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import type { Metrics } from '../shared/metrics.js'
import { limitIn, takeOrRefuse } from '../shared/rateLimit.js'
import type { RateLimit } from '../shared/rateLimit.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import type { Standstill } from '../shared/standstill.js'
import { sessionOf } from '../socketio/connection.js'
import type { Connection } from '../socketio/connection.js'
import { holdForTurn } from '../socketio/corkWrites.js'
import { flowOf } from '../socketio/flow.js'
import { sessionChanged } from '../socketio/requireSameSession.js'
import type { Command } from './bindHandlers.js'
import { checkOutput, parseInput } from './checkCommand.js'
import type { RunningContext } from './commandContext.js'
import type { Caller } from './commandTracker.js'
import { acknowledgementOf, onlyPayload } from './packetArguments.js'
import { guardInput } from './refuseUnsafeInput.js'
import { RunningCommand } from './runningCommand.js'
import { runInTime } from './withTimeout.js'

/** `retryAfterMs` for a client that has too many unread answers. */
const UNREAD_RETRY_MS = 1_000

/** Runs a `once` command that came without an outbox: it is committed, but not deduplicated. */
export type RunOnce = (command: Command, running: RunningContext<unknown>) => Promise<unknown>

/** What the dispatcher needs. */
export interface DispatcherDeps {
  commands: ReadonlyMap<string, Command>
  runOnce: RunOnce
  sessions: Sessions
  /** The time by which the store decides. */
  now(this: void): number
  activity: Pick<ActivityNotes, 'used'>
  standstill: Standstill
  /** @throws {CommandError} `store_unavailable` while this process may serve nothing */
  requireStore(this: void): void
  /** Counts the commands of each session. */
  perSession: RateLimit
  /** Whether results are checked against the contract before they are sent. */
  checkOutputs: boolean
  draining: Draining
  metrics: Metrics
  logRefusal: RefusalLog
  limits: Limits
}

/**
 * Takes every packet of a connection. Name, payload and acknowledgement may each be missing. Never
 * throws.
 */
export type Dispatcher = (caller: Caller, packet: readonly unknown[]) => void

/** Creates the one place through which every command goes. */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { commands, limits } = deps
  let lastCommandId = 0

  return (caller, packet) => {
    const acknowledge = acknowledgementOf(packet)
    const name = packet[0]
    const command = typeof name === 'string' ? commands.get(name) : undefined
    const running = new RunningCommand(
      caller,
      ++lastCommandId,
      command?.name,
      acknowledge?.packetId,
    )
    const startedAt = caller.readAt
    if (--caller.waiting > 0) holdForTurn(caller.connection, caller)

    const settle = (answer: Answer<unknown>): void => {
      if (caller.hasOthers(running)) holdForTurn(caller.connection, caller)
      if (acknowledge) acknowledge(answer)
      else if (!answer.ok)
        emitUntyped(caller.connection, 'command:failed', {
          command: nameOf(name, limits),
          error: answer.error,
        })
      else if (command?.definition.reply !== undefined) {
        emitUntyped(caller.connection, command.definition.reply, answer.data)
      }
      // Only now, since an answer that cannot be encoded is followed by another one.
      report(running, command?.name, answer, startedAt, deps)
      if (!caller.isDebugging) return
      const ms = performance.now() - startedAt
      if (answer.ok) running.log.debug({ ms }, 'command answered')
      else running.log.debug({ ms, error: answer.error }, 'command failed')
    }

    const succeed = (data: unknown): void => {
      settle({ ok: true, data })
    }

    let work: PromiseLike<unknown>
    try {
      const outcome = runCommand(command, packet, running, startedAt, deps)
      if (!isPromise(outcome)) {
        succeed(outcome)
        return
      }
      work = outcome
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as thrown
      work = Promise.reject(error)
    }
    caller.begin(running)
    runInTime(limits.handlerTimeoutMs, work, () => {
      running.abort()
    })
      .then((data) =>
        whenServable(caller, deps, () => {
          if (data !== undefined && isForAnother(running, command))
            throw commandErrorOf(refusals.answerOfAnother)
          succeed(data)
        }),
      )
      .catch((error: unknown) => {
        // Also reached when a result cannot be encoded, for example because it contains a BigInt.
        if (!isExpected(error)) logFailure(running.log, 'command threw', error)
        settle({ ok: false, error: toAnswerError(error) })
      })
      .catch((error: unknown) => {
        running.log.error({ err: error }, 'could not send an answer')
      })
      .finally(() => {
        caller.end(running)
      })
  }
}

/**
 * Whether a user sent a command of the app, and somebody else has the connection by now. The core
 * commands compare the session themselves.
 */
function isForAnother({ session, connection }: RunningCommand, command?: Command): boolean {
  if (command && Object.hasOwn(coreContract.commands, command.name)) return false
  const { userId } = session
  return userId !== null && connection.data.userId !== userId
}

/** Counts an answer, and tells those who listen; logs a refusal by a limit. */
function report(
  running: RunningCommand,
  name: string | undefined,
  answer: Answer<unknown>,
  startedAt: number,
  { metrics, logRefusal }: Pick<DispatcherDeps, 'metrics' | 'logRefusal'>,
): void {
  const outcome = answer.ok ? 'ok' : answer.error.code
  metrics.answered(name, outcome, startedAt)
  const limit = answer.ok ? undefined : limitIn(answer.error)
  if (limit !== undefined) {
    const { sessionId } = running.connection.data
    const fields = { sessionId, command: name, limit }
    logRefusal(`command ${limit} ${sessionId}`, fields, 'command refused by a limit')
  }
  if (!isObserved('command')) return
  const { requestId, connection } = running
  publish('command', startedAt, {
    ...{ command: name ?? 'unknown', outcome, requestId },
    ...{ socketId: connection.id, sessionId: connection.data.sessionId },
  })
}

/** Runs a command as far as it goes at once, and to its end where nothing has to be waited for. */
function runCommand(
  command: Command | undefined,
  packet: readonly unknown[],
  running: RunningCommand,
  startedAt: number,
  deps: DispatcherDeps,
): MaybePromise<unknown> {
  const { activity, checkOutputs, commands, draining, limits, perSession, runOnce, standstill } =
    deps
  const { data } = running.connection
  const { sessionId } = data
  if (draining.isDraining) throw serverDraining(limits)
  deps.requireStore()
  takeOrRefuse(perSession, sessionId, 'commands of this session', startedAt)
  requireReader(running.connection, limits)
  if (!command) throw commandErrorOf(refusalOfCommand(packet[0], commands.keys()))
  const { definition, handler } = command

  const handle = (lastActivityAt: number): MaybePromise<unknown> => {
    data.lastActivityAt = lastActivityAt
    if (data.isEnded) throw invalidToken()
    if (data.sessionId !== sessionId) throw sessionChanged() // sent before a sign-in or sign-out
    running.session = sessionOf(running.connection)
    return handler ? handler(running) : runOnce(command, running)
  }
  const payload = onlyPayload(packet)
  if (running.isSuspect) guardInput(payload)
  const output = whenSettled(parseInput(definition, payload), (input) => {
    running.input = input
    if (standstill.isStale())
      return whenFresh(sessionId, deps).then(() => handle(data.lastActivityAt))
    const noted = activity.used(sessionId, data.lastActivityAt, deps.now())
    return whenSettled(noted, (at) =>
      isPromise(noted) && standstill.isStale()
        ? whenFresh(sessionId, deps).then(() => handle(at))
        : handle(at),
    )
  })
  if (!checkOutputs || !handler) return output
  return whenSettled(output, async (value) => {
    await checkOutput(definition, value)
    return value
  })
}

/**
 * Waits until sessions have been read from the store again after the process stood still.
 *
 * @throws {CommandError} `token_invalid`, also for a session whose connections are about to close
 */
async function whenFresh(id: string, { sessions, standstill }: DispatcherDeps): Promise<void> {
  if (!(await sessions.find(id))) throw invalidToken()
  await standstill.whenFresh()
}

/**
 * Answers a command that has taken some time. If the process stood still in between, sessions are read
 * again first.
 *
 * @throws {CommandError} `token_invalid`
 */
function whenServable(
  { connection: { data } }: Caller,
  { standstill }: DispatcherDeps,
  answer: () => void,
): MaybePromise<void> {
  if (!standstill.isStale()) {
    answer()
    return
  }
  return standstill.whenFresh().then(() => {
    if (data.isEnded) throw invalidToken()
    answer()
  })
}

/** Refuses commands of a slow consumer, which would queue even more answers. */
function requireReader({ conn }: Connection, { maxUnsentBytes }: Limits): void {
  if ((flowOf(conn)?.waiting ?? 0) <= maxUnsentBytes) return
  throw new CommandError('rate_limited', 'Too many answers are unread', {
    hint: 'Read the pending answers first',
    data: { retryAfterMs: UNREAD_RETRY_MS, limit: 'maxUnsentBytes' satisfies LimitName },
  })
}

/** Emits an event whose name is only known at run time, so the contract's types do not apply. */
function emitUntyped(connection: Connection, name: string, payload: unknown): void {
  ;(connection as { emit(name: string, payload: unknown): boolean }).emit(name, payload)
}

function nameOf(name: unknown, limits: Limits): string {
  const isName = typeof name === 'string' || typeof name === 'number' // no other is decoded
  return isName ? String(name).slice(0, limits.maxEchoedNameLength) : ''
}
