import { productTexts } from '@yektayar/protocol/rules'
import packageJson from '../../package.json' with { type: 'json' }

/** Names and texts that the guide fixes, and the version of this package. */
export const identity = { ...productTexts, version: packageJson.version } as const
