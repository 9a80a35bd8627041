import type { AnyContract, CoreContract } from '@yektayar/protocol'
import { FakeBackend } from './fakeBackend.js'
import type { BackendOptions } from './backendOptions.js'
import { FakeClient } from './fakeClient.js'
import { FakeControls } from './fakeControls.js'
import type { FakeClientOptions, FakeServerOptions } from './fakeOptions.js'

/** A server in memory for several clients, which a test controls by the methods of this class. */
export class FakeServer<Contract extends AnyContract = CoreContract>
  extends FakeControls<Contract>
  implements AsyncDisposable
{
  readonly #contract: Contract
  readonly #backend: FakeBackend
  readonly #clients: FakeClient<Contract>[] = []

  /** `createFakeServer()` fills in the defaults. */
  constructor(contract: Contract, { commands, ...options }: FakeServerOptions<Contract>) {
    const backend = new FakeBackend(contract, options as BackendOptions<AnyContract>) // asked about its rooms alone
    super(contract, backend, commands)
    this.#contract = contract
    this.#backend = backend
  }

  /**
   * Creates a client with a session and a network of its own, not connected yet.
   *
   * @throws {YektaYarError} `invalid_options`
   */
  client(
    options: Omit<FakeClientOptions<Contract>, keyof FakeServerOptions> = {},
  ): FakeClient<Contract> {
    const client = new FakeClient(this.#contract, this.#backend, options)
    this.#clients.push(client)
    return client
  }

  /** Closes its clients: what `await using` does. */
  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
  }

  /** As `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
