import type { YektaYarSocket } from '@yektayar/client'
import type { AnyContract, CoreContract } from '@yektayar/protocol'

/**
 * An app registers its contract here, so that all composables are typed by it:
 * `declare module '@yektayar/vue' { interface Register { contract: typeof contract } }`.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- apps add to it
export interface Register {}

/** The registered contract, or the core contract. */
export type AppContract = Register extends { contract: infer Contract extends AnyContract }
  ? Contract
  : CoreContract

/** A client of the registered contract. */
export type AppClient = YektaYarSocket<AppContract>
