import type { YektaYarSocket, YektaYarSocketOptions } from '@yektayar/client'
import { command, coreContract, extendContract, json, optionalJson, room } from '@yektayar/protocol'
import type { Credentials, Json, RoomMessage, SessionEndCode } from '@yektayar/protocol'
import { CommandError } from '@yektayar/server'
import { expect, vi } from 'vitest'
import { z } from 'zod'

const Note = z.object({ id: z.number(), text: z.string() })
const NewNote = z.object({ text: z.string().min(1) })

/** The contract under test: the core contract with commands and events of an app. */
export const contract = extendContract(coreContract, {
  commands: {
    'note:add': command({ input: NewNote, output: Note }),
    'note:save': command({ input: NewNote, output: Note, delivery: 'once' }),
  },
  events: { 'note:added': Note },
  rooms: {
    'read only': room({ message: json, presence: optionalJson }),
    perhaps: room({ message: json, presence: optionalJson }),
    secret: room({ message: json, presence: optionalJson }),
    'public:named:{topic}': room({ message: json, presence: z.object({ name: z.string() }) }),
    'public:notes:{topic}': room({ message: NewNote }),
  },
})
type StageContract = typeof contract
export type StageClient = YektaYarSocket<StageContract>

/** Another member of a room. */
interface Person {
  readonly member: string
  typing(isTyping: boolean): Promise<void>
  show(presence: Json): Promise<void>
  leave(): Promise<void>
}

/** A client under test, and the controls of its surroundings. */
export interface Stage extends AsyncDisposable {
  readonly client: StageClient
  readonly backend: Backend
  /** The URL that the client connects to. */
  readonly url: string
  emit(id: number, text: string): Promise<void>
  publish(room: string, data: Json): Promise<RoomMessage>
  arrive(room: string): Promise<Person>
  truncate(room: string, kept: number): Promise<void>
  /** Restarts the server with an empty store. */
  replaceStore(): Promise<void>
  drop(): Promise<void>
  restore(): void
  goOffline(): Promise<void>
  goOnline(): void
  disconnectByServer(): Promise<void>
  endSession(code: SessionEndCode): Promise<void>
  /** Signs a user in, or out with `null`, from the server's side on the client's own connection. */
  changeUser(userId: string | null): Promise<unknown>
  /**
   * Does the same as if from another tab; resolves with what that tab writes to the shared storage.
   */
  changeUserElsewhere(userId: string | null): Promise<object>
  /** Signs a user in through another session. */
  signInElsewhere(userId: string): Promise<void>
}

/** Starts a stage. Its client has not connected yet. */
export type StartStage = (options?: YektaYarSocketOptions<StageContract>) => Promise<Stage>

/** The app's handlers and checks, the same on every stage. */
export class Backend {
  /** The stored notes, in order. */
  readonly notes: string[] = []
  /** Lets a handler that waits on the text `slow` continue. */
  release: () => void = () => undefined
  #isEarly = true
  readonly #released = new Promise<void>((resolve) => {
    this.release = resolve
  })

  readonly commands = {
    'note:add': ({ input }: { readonly input: z.infer<typeof NewNote> }) => this.#store(input),
    'note:save': ({ input }: { readonly input: z.infer<typeof NewNote> }) => this.#store(input),
  }

  /** What `authenticate` returns for the user `odd`. */
  answers: string | null = null

  readonly authenticate = ({ username = '', password }: Credentials): string | null => {
    if (username === 'odd') return this.answers
    return password === 'right' ? `user-${username}` : null
  }

  readonly authorize = (
    { userId }: { readonly userId: string | null },
    action: string,
    { name: room }: { readonly name: string },
  ): boolean =>
    room.startsWith('public:') ||
    room === `user:${String(userId)}` ||
    (room === 'read only' && action !== 'send') ||
    (room === 'perhaps' && ('yes' as unknown as boolean))

  async #store({ text }: z.infer<typeof NewNote>): Promise<z.infer<typeof Note>> {
    if (text === 'taken') {
      throw new CommandError('conflict', 'There is one already', { hint: 'Wait', data: { id: 7 } })
    }
    if (text === 'broken') throw new TypeError('a mistake')
    if (text === 'lie') return { id: 'none' as unknown as number, text } // breaks the contract
    if (text === 'later' && this.#isEarly) {
      this.#isEarly = false
      throw new CommandError('store_unavailable', 'Not yet')
    }
    // Not JSON, as plain JavaScript may return it.
    if (text === 'map') return new Map([['id', 1]]) as never
    if (text === 'slow') await this.#released
    return { id: this.notes.push(text), text }
  }
}

/** Retries a check until it passes; the timeout allows for a busy machine. */
export function eventually(check: () => unknown): Promise<unknown> {
  return vi.waitFor(check, 5_000)
}

/** Resolves with the reason of a promise's rejection. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(outcome).toMatchObject({ name: 'YektaYarError' })
  return outcome
}
