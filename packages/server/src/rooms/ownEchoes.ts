import type { Json, RoomMessage } from '@yektayar/protocol'

/** A message whose sender may get it by the answer to its command, in place of the event. */
export interface OwnEcho {
  readonly connectionId: string
  /** As the client has it. */
  readonly data: Json
  /** The message, once it was left out for that connection. */
  message: RoomMessage | undefined
}

/** The last messages of a commit, all sent by one connection, which gets no events for them. */
interface OwnEnd {
  readonly connectionId: string
  readonly echoes: readonly OwnEcho[]
}

/** The messages that are being committed, of connections that read them from the answer. */
export class OwnEchoes {
  readonly #expected = new Map<string, OwnEcho>()

  /** Expects a message until `end()`. */
  expect(id: string, connectionId: string, data: Json): OwnEcho {
    const echo: OwnEcho = { connectionId, data, message: undefined }
    this.#expected.set(id, echo)
    return echo
  }

  end(id: string, echo: OwnEcho): void {
    if (this.#expected.get(id) === echo) this.#expected.delete(id) // another connection may bring it again
  }

  /**
   * Which messages at the end of some need not be sent to their connection. Only at the end: what
   * follows in the same commit would arrive before the answer, and look like a gap.
   */
  endOf(messages: readonly RoomMessage[]): OwnEnd | undefined {
    if (this.#expected.size === 0) return undefined
    const echoes: OwnEcho[] = []
    for (let index = messages.length - 1; index >= 0; index--) {
      const message = messages[index]
      const echo = message && this.#expected.get(message.id)
      const connectionId = echoes[0]?.connectionId ?? echo?.connectionId
      if (!echo || echo.connectionId !== connectionId) break
      if (!isSame(echo.data, message.data)) break
      echoes.push(echo)
    }
    const [last] = echoes
    return last && { connectionId: last.connectionId, echoes }
  }
}

/** Records that messages are not sent to their connection. */
export function leaveOut({ echoes }: OwnEnd, messages: readonly RoomMessage[]): void {
  for (const [index, echo] of echoes.entries()) echo.message = messages.at(-1 - index)
}

/** Whether a client has the data as it was stored: a schema may have made something else of it. */
function isSame(given: Json, stored: Json): boolean {
  return given === stored || JSON.stringify(given) === JSON.stringify(stored)
}
