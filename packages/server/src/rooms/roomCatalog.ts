import { isRoomName, unknownRoom } from '@yektayar/protocol'
import type { AnyContract, Json, MatchedRoom, ValidationIssue } from '@yektayar/protocol'
import { parseMessage, parsePresence, refusalOfIssues, refusals } from '@yektayar/protocol/rules'
import type { Refusal } from '@yektayar/protocol/rules'
import { commandErrorOf } from '../shared/commandError.js'
import type { CommandError } from '../shared/commandError.js'
import { whenSettled } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'

/** The rooms of the contract. */
export interface RoomCatalog {
  /**
   * The room of a name.
   *
   * @param of the pattern that it must be of, where it was made from one. @default any
   * @throws {CommandError} `unknown_room` where no pattern fits, or another one; `invalid_input` for
   * what cannot be a name
   */
  require(this: void, name: string, of?: string): MatchedRoom
  /**
   * What is stored of a message in a room, which is JSON.
   *
   * @throws {CommandError} `unknown_room`; `invalid_input` with the issues of its schema
   * @throws {TypeError} when the schema makes what is not JSON
   */
  parseMessage(this: void, name: string, data: Json): MaybePromise<Json>
  /** What a member shows in a room, likewise; `undefined` for nothing. */
  parsePresence(
    this: void,
    name: string,
    presence: Json | undefined,
  ): MaybePromise<Json | undefined>
}

/** Creates the catalog of a contract. */
export function createRoomCatalog(contract: AnyContract): RoomCatalog {
  function require(name: string, of?: string): MatchedRoom {
    if (!isRoomName(name)) throw commandErrorOf(refusals.notARoomName)
    const found = contract.matchRoom(name)
    if (found && (of === undefined || found.pattern === of)) return found
    throw commandErrorOf(unknownRoom(contract.rooms))
  }
  return {
    require,
    parseMessage: (name, data) =>
      whenSettled(parseMessage(require(name), data), (result) => {
        if (result.ok) return result.value
        throw unfit(refusals.unfitMessage, result.issues)
      }),
    parsePresence: (name, presence) =>
      whenSettled(parsePresence(require(name), presence), (result) => {
        if (result.ok) return result.value
        throw unfit(refusals.unfitPresence, result.issues)
      }),
  }
}

function unfit(refusal: Refusal, issues: readonly ValidationIssue[]): CommandError {
  return commandErrorOf(refusalOfIssues(refusal, issues), { data: { issues } })
}
