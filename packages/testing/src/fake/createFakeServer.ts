import { coreContract } from '@yektayar/protocol'
import type { AnyContract } from '@yektayar/protocol'
import type { FakeServerOptions } from './fakeOptions.js'
import { FakeServer } from './fakeServer.js'

/**
 * Creates a server in memory, for tests with several clients: what one does, the others notice. It
 * needs no network and no time.
 *
 * @param contract for validating inputs, results and events. @default the core contract
 * @throws {YektaYarError} `invalid_options`
 */
export function createFakeServer(contract?: undefined, options?: FakeServerOptions): FakeServer
export function createFakeServer<Contract extends AnyContract>(
  contract: Contract,
  options?: FakeServerOptions<Contract>,
): FakeServer<Contract>
export function createFakeServer(
  contract: AnyContract = coreContract,
  options: object = {},
): unknown {
  return new FakeServer(contract, options)
}
