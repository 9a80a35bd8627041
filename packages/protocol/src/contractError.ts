import { docsOf } from './docsOf.js'

/** The error for an invalid contract: a reserved, empty or duplicate name, or an invalid pattern. */
export class ContractError extends Error {
  readonly code = 'invalid_contract'
  /** The address of the docs of the code. */
  readonly docs = docsOf('invalid_contract')
  override readonly name = 'ContractError'
}
