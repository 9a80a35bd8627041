import { coreContract } from '@yektayar/protocol'
import type { AnyContract, CoreContract } from '@yektayar/protocol'
import { FakeClient } from './fakeClient.js'
import type { FakeClientOptions } from './fakeClientOptions.js'

/**
 * Creates a client for tests that needs no server, no network and no timers: it is a `YektaYarSocket`
 * in all that an app can see, and has methods by which the test plays the server.
 *
 * @param contract what it checks inputs, results and events with. @default the core contract
 * @throws {YektaYarError} `invalid_options`
 */
export function createFakeClient<Contract extends AnyContract = CoreContract>(
  contract: Contract = coreContract as unknown as Contract, // without an argument it is the default
  options: FakeClientOptions<Contract> = {},
): FakeClient<Contract> {
  return new FakeClient(contract, options)
}
