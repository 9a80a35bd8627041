import { productTexts } from '@yektayar/protocol/rules'
import packageJson from '../../package.json' with { type: 'json' }

/** Names and texts of a server whose app has none of its own, and the version of this package. */
export const identity = {
  ...productTexts,
  docsRealm: 'YektaYar API Documentation',
  version: packageJson.version,
} as const

/** What an app calls itself, wherever a server says what it is. */
export interface ProductOptions {
  /** @default 'YektaYar Mental Health Platform API', in `status` 'YektaYar API Server' */
  name?: string | undefined
  /** @default the version of this package */
  version?: string | undefined
  /** @default 'Backend API with Socket.IO real-time communication' */
  description?: string | undefined
}

/** The names and texts of a server. */
export interface Product {
  /** In `status`, and when it starts. */
  readonly serverName: string
  /** Everywhere else. */
  readonly platformName: string
  /** Where a browser asks for the password of the documentation. */
  readonly docsRealm: string
  readonly version: string
  readonly description: string
}

/** Fills in the defaults. */
export function productOf({ name, version, description }: ProductOptions = {}): Product {
  return {
    serverName: name ?? identity.serverName,
    platformName: name ?? identity.platformName,
    docsRealm: name ?? identity.docsRealm,
    version: version ?? identity.version,
    description: description ?? identity.description,
  }
}
