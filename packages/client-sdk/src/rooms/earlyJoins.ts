import type { ConnectionAccepted, RoomEntered } from '@yektayar/protocol'
import { startDeadline, waitUntil } from '../shared/deadline.js'
import type { Emitter } from '../shared/emitter.js'
import { errorFromServer } from '../shared/errorFromServer.js'
import { EARLY_JOIN_BOUNDS } from '../shared/limits.js'
import type { CallOptions } from '../shared/options.js'
import { propertiesOf } from '../shared/propertiesOf.js'

/** A join that was presented beside the token. */
interface EarlyJoin {
  readonly room: string
  readonly json: string
  isTaken: boolean
  /** Settles with the answer, or with `undefined` where the server does not take it. */
  readonly answer: Promise<RoomEntered | undefined>
  readonly resolve: (answer?: RoomEntered) => void
}

/** Joins that travel with the token, so that rooms are entered a round trip earlier. */
export class EarlyJoins {
  #joins: EarlyJoin[] = []
  #accepted = 0

  constructor(events: Emitter) {
    // The payloads come from a server with the same contract.
    events.on('connection:accepted', (payload) => {
      this.#accepted = (payload as ConnectionAccepted).joins
    })
    events.on('connected', () => {
      for (const { resolve } of this.#joins.slice(this.#accepted)) resolve()
    })
    events.on('room:joined', (payload) => {
      const answer = payload as RoomEntered
      this.#joins[answer.index]?.resolve(answer)
    })
  }

  /** Presents joins to the next connection: as many as every server reads in one packet. */
  present(inputs: readonly object[]): readonly object[] {
    this.forget()
    let left = EARLY_JOIN_BOUNDS.characters
    return inputs.filter((input) => {
      const json = JSON.stringify(input)
      const isDeep = json.split(/[[{]/).length > EARLY_JOIN_BOUNDS.depth
      if (isDeep || this.#joins.length === EARLY_JOIN_BOUNDS.count || json.length > left)
        return false
      left -= json.length
      let resolve: EarlyJoin['resolve'] = () => undefined
      const answer = new Promise<RoomEntered | undefined>((settle) => {
        resolve = settle
      })
      const room = String(propertiesOf(input).room)
      return this.#joins.push({ room, json, isTaken: false, answer, resolve })
    })
  }

  /** The names of the rooms. */
  get rooms(): readonly string[] {
    return this.#joins.map(({ room }) => room)
  }

  /** Forgets what was presented: the connection has ended, or is another one. */
  forget(): void {
    for (const { resolve } of this.#joins) resolve()
    this.#joins = []
    this.#accepted = 0
  }

  /**
   * The answer to a join, `undefined` where it has to be sent. Each is used once, and only for what was
   * presented.
   *
   * @throws {YektaYarError} the server's refusal
   */
  async take(input: object, { timeoutMs, signal }: CallOptions = {}): Promise<unknown> {
    const json = JSON.stringify(input)
    const join = this.#joins.find((each) => !each.isTaken && each.json === json)
    if (!join) return undefined
    join.isTaken = true
    const deadline = startDeadline(timeoutMs, signal)
    const given = await waitUntil<RoomEntered | undefined>(
      deadline,
      (resolve) => {
        void join.answer.then(resolve)
        return () => undefined
      },
      (code) => new Error(code),
    ).catch(() => undefined)
    deadline.end()
    if (given?.ok === false) throw errorFromServer('room:join', given.error)
    return given?.data
  }
}
