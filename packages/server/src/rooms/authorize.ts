import { isOwnOrPublic } from '@yektayar/protocol'
import type { AnyContract, AskedRoom, CoreContract } from '@yektayar/protocol'
import { forbiddenInRoom } from '@yektayar/protocol/rules'
import type { FastifyBaseLogger } from 'fastify'
import type { AppContext, AppServices } from '../context/appContext.js'
import { createHookContext } from '../context/hookContext.js'
import { LazySignal } from '../context/lazySignal.js'
import type { CommandSession } from '../sessions/commandSession.js'
import { CommandError, commandErrorOf } from '../shared/commandError.js'
import { inTime } from '../shared/inTime.js'
import type { Limits } from '../shared/limits.js'
import { isPromise, whenSettled } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import type { RoomCatalog } from './roomCatalog.js'

/** What a session wants to do in a room; `read` is a page of its history. */
export type RoomAction = 'join' | 'read' | 'send'

/**
 * Decides whether a session may do something in a room. Only `true` allows it. Decide by the pattern and
 * the params, and not by the name: an id in it may look like the end of another pattern.
 */
export type Authorize<Contract extends AnyContract = CoreContract, Tables = object> = (
  session: CommandSession,
  action: RoomAction,
  room: AskedRoom<Contract>,
  context: AppContext<Contract, Tables>,
) => boolean | Promise<boolean>

/**
 * Returns if the action is allowed, and throws otherwise.
 *
 * @throws {CommandError} `unknown_room`, `room_forbidden` or `handler_timeout`, or what the app throws
 */
export type Authorizer = (
  session: CommandSession,
  action: RoomAction,
  room: string,
) => MaybePromise<void>

/** The default: public rooms are for everybody, those of a session or user for their owner. */
export const ownAndPublicRooms: Authorize<AnyContract> = (session, _action, room) =>
  isOwnOrPublic(session, room)

/** The decisions of an app. */
export interface Authorization {
  readonly authorize: Authorizer
  /** How often rights may have changed: while it stays the same, what was decided still holds. */
  doubts(this: void): number
  /** Rights may have changed: an app that still thinks about one of these is asked again. */
  doubt(this: void, concerns: (session: CommandSession, room: string) => boolean): void
}

/** Something that an app thinks about. */
interface Question {
  readonly session: CommandSession
  readonly action: RoomAction
  readonly room: AskedRoom<AnyContract>
  readonly signal: LazySignal
  /** Whether it may have begun with rights that have changed since. */
  isDoubted: boolean
}

/** What the decisions of an app need. */
export interface AuthorizationDeps {
  rooms: RoomCatalog
  /** What an app can use to decide. */
  services: AppServices
  limits: Limits
  log: FastifyBaseLogger
}

/** Makes a refusal of whatever an app decides, unless that is `true`. */
export function createAuthorization(
  authorize: Authorize<AnyContract>,
  { rooms, services, limits: { authorizeTimeoutMs }, log }: AuthorizationDeps,
): Authorization {
  const open = new Set<Question>()
  let doubts = 0

  async function settle(question: Question, asked: PromiseLike<unknown>): Promise<unknown> {
    const { session, action, room, signal } = question
    open.add(question)
    const sureAnswer = async (): Promise<unknown> => {
      let answer = await asked
      while (question.isDoubted && open.has(question)) {
        question.isDoubted = false
        answer = await authorize(session, action, room, contextOf(question))
      }
      return answer
    }
    try {
      return await inTime(authorizeTimeoutMs, sureAnswer(), () => {
        signal.abort()
        return timeUp()
      })
    } finally {
      open.delete(question)
    }
  }

  const contextOf = ({ signal }: Question) =>
    createHookContext(services, log, signal) as unknown as AppContext<AnyContract> // of the app's contract

  return {
    authorize(session, action, name) {
      const { pattern, params } = rooms.require(name)
      const room = { name, pattern, params }
      if (authorize === ownAndPublicRooms) {
        requireAllowed(isOwnOrPublic(session, room), action)
        return
      }
      const question = { session, action, room, signal: new LazySignal(), isDoubted: false }
      const asked: unknown = authorize(session, action, room, contextOf(question)) // whatever its type says
      return whenSettled(isPromise(asked) ? settle(question, asked) : asked, (isAllowed) => {
        requireAllowed(isAllowed, action)
      })
    },
    doubts: () => doubts,
    doubt(concerns) {
      doubts++
      for (const question of open) {
        if (concerns(question.session, question.room.name)) question.isDoubted = true
      }
    },
  }
}

/** @throws {CommandError} `room_forbidden` for whatever is not `true` */
function requireAllowed(isAllowed: unknown, action: RoomAction): void {
  if (isAllowed !== true) throw commandErrorOf(forbiddenInRoom(action))
}

function timeUp(): CommandError {
  return new CommandError('handler_timeout', 'Checking the permission took too long', {
    hint: 'Nothing was done, so try again. The check is the authorize option of the server',
  })
}
