import { YektaYarError } from '@yektayar/client'
import type { Unsubscribe } from '@yektayar/client'
import { coreContract } from '@yektayar/protocol'
import type {
  AnyContract,
  CommandDefinition,
  CoreContract,
  Json,
  ServerErrorCode,
} from '@yektayar/protocol'
import { didYouMean, refusalOfCommand, refusalOfInput, refusals } from '@yektayar/protocol/rules'
import { checkResult, copyPayload, copyResult, parse } from './checks.js'
import type { FakeConnection } from './fakeConnection.js'
import type { FakeLink } from './fakeLink.js'
import { createServices, withoutStore } from './fakeServices.js'
import type { FakeServices, FakeServicesDeps, LaterEffects } from './fakeServices.js'
import type { FakeCaller, FakeSession } from './fakeSessions.js'
import { errorOf } from './refusal.js'

/** A call that reached the server. */
export interface FakeReceivedCall<Input> {
  /** The input as the contract's schema parsed it. */
  readonly input: Input
  readonly session: FakeCaller
}

/** The argument of a handler, as from a server. */
export interface FakeHandlerContext<Input, Contract extends AnyContract = CoreContract>
  extends FakeReceivedCall<Input>, FakeServices<Contract> {
  /** There is none: reading it throws, as with `database`. */
  readonly transaction: never
  /** There is none: reading it throws, as with `database`. */
  readonly connection: never
  /** The idempotency key, the same on every try of a `once` command. */
  readonly key: string
}

/** The argument of the fake's own handlers. */
export interface FakeCall<Input = unknown> extends FakeReceivedCall<Input> {
  readonly link: FakeLink
  readonly connection: FakeConnection
  readonly owner: FakeSession
  /** The idempotency key: the same on every try of a command. */
  readonly key: string
}

/** One of the fake's own handlers; its input was parsed by its own command's schema. */
export type AnyCoreHandler = (call: FakeCall<never>) => unknown

/** Any handler of a test; its input was parsed by its own command's schema. */
export type AnyFakeHandler = (context: FakeHandlerContext<never, AnyContract>) => unknown

/** Options of a scripted failure. */
export interface FakeFailureOptions {
  /** @default 'The test makes it fail' */
  message?: string | undefined
  hint?: string | undefined
  /** Details, as JSON. */
  data?: unknown
  /** How many calls fail. @default 1 */
  times?: number | undefined
}

/** How many calls are kept; of more, the newest. */
const MAX_CALLS = 1_000

/** The commands of a fake server: its own, those that a test handles, and those that a test makes fail. */
export class FakeCommands {
  readonly #contract: AnyContract
  readonly #own: ReadonlyMap<string, AnyCoreHandler>
  readonly #services: FakeServicesDeps
  readonly #handlers = new Map<string, AnyFakeHandler>()
  readonly #failures = new Map<string, { readonly error: YektaYarError; times: number }>()

  /** The calls that fitted the contract, the oldest first. */
  #calls: { readonly name: string; readonly call: FakeReceivedCall<unknown> }[] = []

  constructor(own: ReadonlyMap<string, AnyCoreHandler>, services: FakeServicesDeps) {
    this.#contract = services.contract
    this.#services = services
    this.#own = own
  }

  /** @throws {YektaYarError} `invalid_options` for a name that is not in the contract */
  handle(name: string, handler: AnyFakeHandler): Unsubscribe {
    this.#require(name)
    this.#handlers.set(name, handler)
    return () => {
      if (this.#handlers.get(name) === handler) this.#handlers.delete(name)
    }
  }

  /**
   * @throws {YektaYarError} `invalid_options` for a name that is not in the contract, `invalid_input`
   * for data that is not JSON
   */
  fail(name: string, code: ServerErrorCode, options: FakeFailureOptions = {}): Unsubscribe {
    this.#require(name)
    const { message = 'The test makes it fail', times = 1, hint, data } = options
    const details = { hint, data: data === undefined ? data : copyPayload('fail', data) }
    const failure = { error: new YektaYarError(code, message, details), times }
    this.#failures.set(name, failure)
    return () => {
      if (this.#failures.get(name) === failure) this.#failures.delete(name)
    }
  }

  /** @throws {YektaYarError} `invalid_options` for a name that is not in the contract */
  calls(name: string): FakeReceivedCall<unknown>[] {
    this.#require(name)
    return this.#calls.filter((kept) => kept.name === name).map(({ call }) => call)
  }

  /** Whether a command goes through an outbox; `undefined` for one that is not there. */
  isOnce(name: string): boolean | undefined {
    const definition = this.#find(name)
    return definition ? definition.delivery === 'once' : undefined
  }

  /** The reply event for a caller without an acknowledgement. */
  replyOf(name: string): string | undefined {
    return this.#find(name)?.reply
  }

  /**
   * Takes a packet: runs the command with its payload, at most one.
   *
   * @throws {YektaYarError} a refusal, or what the handler throws
   */
  async take(
    name: string,
    payloads: readonly unknown[],
    call: Omit<FakeCall, 'input'>,
  ): Promise<Json | undefined> {
    if (!this.#find(name)) throw errorOf(refusalOfCommand(name, this.#names()))
    const refusal = payloads.length > 1 ? refusals.tooManyPayloads : refusalOfInput(payloads[0])
    if (refusal) throw errorOf(refusal)
    return this.run(name, payloads[0], call)
  }

  /** @throws {YektaYarError} a refusal, or what the handler throws */
  async run(
    name: string,
    payload: unknown,
    call: Omit<FakeCall, 'input'>,
  ): Promise<Json | undefined> {
    const definition = this.#find(name)
    if (!definition) throw errorOf(refusalOfCommand(name, this.#names()))
    const input = await parse(definition.input, payload, refusals.unfitInput)
    requireSameSession(call)
    const { id, userId, isLoggedIn } = call.session
    this.#calls.push({ name, call: { input, session: { id, userId, isLoggedIn } } })
    if (this.#calls.length > MAX_CALLS) this.#calls.shift()
    const failure = this.#failures.get(name)
    if (failure && failure.times-- > 0) throw failure.error
    const later: LaterEffects | undefined = definition.delivery === 'once' ? [] : undefined
    const result = await this.#handle(name, { ...call, input }, later)
    const output = copyResult(name, result)
    await checkResult(definition.output, name, output)
    for (const { run } of later ?? []) run()
    return output
  }

  #handle(name: string, call: FakeCall, later: LaterEffects | undefined): unknown {
    const handler = this.#handlers.get(name)
    const own = this.#own.get(name)
    if (handler) {
      const { input, session, key, connection } = call
      const context = createServices(this.#services, connection.over, later)
      Object.assign(context, { input, session, key })
      // Its input was parsed for it just now.
      return handler(
        withoutStore(context, ['transaction', 'connection']) as FakeHandlerContext<
          never,
          AnyContract
        >,
      )
    }
    if (!own) throw noHandler(name)
    return own(call as FakeCall<never>) // as above
  }

  #require(name: string): void {
    if (!this.#find(name)) {
      const question = didYouMean(name, this.#names()) ?? ''
      const message = `The contract has no command "${name}". ${question}`.trimEnd()
      throw new YektaYarError('invalid_options', message)
    }
  }

  #names(): string[] {
    return [...Object.keys(this.#contract.commands), ...Object.keys(coreContract.commands)]
  }

  #find(name: string): CommandDefinition | undefined {
    for (const { commands } of [this.#contract, coreContract]) {
      if (Object.hasOwn(commands, name)) return (commands as AnyContract['commands'])[name] // any name
    }
    return undefined
  }
}

/**
 * Checks that a call still belongs to the connection's session. A closed connection passes.
 *
 * @throws {YektaYarError} `conflict`
 */
export function requireSameSession({
  connection,
  owner,
}: Pick<FakeCall, 'connection' | 'owner'>): void {
  if (connection.session && connection.session !== owner) throw errorOf(refusals.sessionChanged)
}

function noHandler(name: string): YektaYarError {
  const message = `No handler: fake.handle('${name}', …)`
  return errorOf({ ...refusals.unknownCommand, message })
}
