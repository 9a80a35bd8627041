import { YektaYarError } from '@yektayar/client'
import type { Unsubscribe } from '@yektayar/client'
import { isServerErrorCode, serverErrorCodes } from '@yektayar/protocol'
import { didYouMean } from '@yektayar/protocol/rules'
import type {
  AnyContract,
  CommandName,
  EventName,
  EventPayload,
  Json,
  MessageInput,
  NameOf,
  ParsedCommandInput,
  PayloadOf,
  RoomHint,
  RoomMessage,
  RoomOf,
  RoomPattern,
  ServerErrorCode,
} from '@yektayar/protocol'
import { checkEvent } from './checks.js'
import type { FakeBackend } from './fakeBackend.js'
import type { AnyFakeHandler, FakeFailureOptions, FakeReceivedCall } from './fakeCommands.js'
import type { FakeHandler, FakeServerOptions } from './fakeOptions.js'
import { FakeUser } from './fakeUser.js'
import { publishAs } from './publishAs.js'
import { settled } from './settled.js'

/** What a test does with a fake server, whether it has one client or several. */
export class FakeControls<Contract extends AnyContract> {
  readonly #contract: Contract
  readonly #backend: FakeBackend

  constructor(
    contract: Contract,
    backend: FakeBackend,
    commands: FakeServerOptions<Contract>['commands'] = {},
  ) {
    this.#contract = contract
    this.#backend = backend
    for (const [name, handler] of Object.entries(commands)) {
      if (handler) backend.commands.handle(name, handler as AnyFakeHandler) // each gets its own input
    }
  }

  /**
   * Sets the handler of a command. It replaces an earlier handler or the fake's own behaviour.
   *
   * @throws {YektaYarError} `invalid_options` for a command that is not in the contract
   */
  handle<Name extends CommandName<Contract>>(
    name: Name,
    handler: FakeHandler<Name, Contract>,
  ): Unsubscribe {
    return this.#backend.commands.handle(name, handler as unknown as AnyFakeHandler) // it gets its own input
  }

  /**
   * The calls of a command that reached the server, the oldest first, with the input as its schema
   * parsed it; also those that failed. The newest 1,000 of all commands are kept.
   *
   * @throws {YektaYarError} `invalid_options` for a command that is not in the contract
   */
  calls<Name extends CommandName<Contract>>(
    name: Name,
  ): readonly FakeReceivedCall<ParsedCommandInput<Name, Contract>>[] {
    // Each was parsed by the schema of that command.
    return this.#backend.commands.calls(name)
  }

  /**
   * Makes the next call of a command fail, before its handler runs.
   *
   * @throws {YektaYarError} `invalid_options` for a command that is not in the contract, or a code
   * that no server sends
   */
  fail(
    name: CommandName<Contract>,
    code: ServerErrorCode,
    options: FakeFailureOptions = {},
  ): Unsubscribe {
    if (!isServerErrorCode(code)) {
      const question = didYouMean(String(code), serverErrorCodes) ?? ''
      const text = `No server sends the code "${String(code)}". ${question}`.trimEnd()
      throw new YektaYarError('invalid_options', text)
    }
    return this.#backend.commands.fail(name, code, options)
  }

  /**
   * Emits an event to all clients. Resolves after their listeners ran.
   *
   * @throws {YektaYarError} `invalid_input` for a payload that breaks the contract, `invalid_options`
   * for an event that is not in it
   */
  async emit<Name extends EventName<Contract>>(
    name: Name,
    payload: EventPayload<Name, Contract>,
  ): Promise<void> {
    this.#backend.emit(name, await checkEvent(this.#contract, name, payload))
    await settled()
  }

  /**
   * Appends a message of another member to a room. Resolves after the clients' listeners ran.
   *
   * @throws {YektaYarError} `invalid_input` for data that is not JSON, nested too deep, or does not fit
   * the room, and for an invalid room name; `unknown_room`
   */
  async publish<
    const Name extends
      { [Pattern in RoomPattern<Contract>]: NameOf<Pattern> }[RoomPattern<Contract>] | RoomHint,
    Data,
  >(
    room: Name,
    data: PayloadOf<MessageInput<RoomOf<Name, Contract>>, Data>,
    { from = 'server' }: { from?: string | undefined } = {},
  ): Promise<RoomMessage> {
    const message = await publishAs(this.#backend, from, room, data)
    await settled()
    return message
  }

  /** The messages of a room that the server keeps. */
  messages(room: string): readonly RoomMessage[] {
    return this.#backend.rooms.messages(room)
  }

  /** Lets another member come to a room, show something there, or leave it. */
  async presence(room: string, member: string, isPresent: boolean, shown?: Json): Promise<void> {
    this.#backend.place(room, member, isPresent, shown)
    await settled()
  }

  /** Lets another member start or stop typing. */
  async typing(room: string, from: string, isTyping: boolean): Promise<void> {
    this.#backend.tell(room, 'room:typing', { room, from, isTyping })
    await settled()
  }

  /** Another user without a client, who does what the test says. */
  user(userId: string): FakeUser {
    return new FakeUser(this.#backend, userId)
  }

  /** Removes a room's oldest messages. A client that missed them gets the reset `truncated`. */
  truncate(room: string, kept = 0): void {
    this.#backend.rooms.truncate(room, kept)
  }

  /**
   * Continues with an empty store, as after the loss of a server's data: connections break, other
   * sessions are acquired, and rooms with old messages get the reset `epoch_changed`.
   */
  replaceStore(): void {
    this.#backend.replaceStore()
  }

  /** Acquires another session: for `connect({ token })`, or for the list of a user's sessions. */
  issueToken(userId: string | null = null): string {
    return this.#backend.sessions.acquire({}, userId).token
  }

  /**
   * Resolves once the clients have done everything that needs no time: calls are sent and answered,
   * and listeners have run, unless a handler waits.
   */
  settle(): Promise<void> {
    return settled()
  }
}
