import { DOCS_PATH } from '../http/docsPath.js'
import type { DocsCredentials } from '../http/docs.js'
import { identity } from '../shared/productTexts.js'
import type { Runtime } from '../shared/runtime.js'

/** What the banner shows. */
export interface BannerFacts {
  runtime: Runtime
  url: string
  /** What comes before the documentation. @default '' */
  basePath?: string
  /** Credentials of the documentation; absent when it is off. */
  docs?: DocsCredentials | undefined
  /** Whether the password was generated at this start and so has to be shown. */
  isPasswordGenerated: boolean
  hasDemo: boolean
  /** @default 'YektaYar API Server' */
  name?: string | undefined
  /** Whether the demo users can sign in. @default not mentioned */
  hasDemoUsers?: boolean
}

/** The lines that a starting server prints, as the guide shows them. */
export function bannerLines(facts: BannerFacts): string[] {
  const {
    name = identity.serverName,
    runtime,
    url,
    basePath = '',
    docs,
    isPasswordGenerated,
    hasDemo,
    hasDemoUsers,
  } = facts
  const lines = [
    `⚡ Detected runtime: ${runtime.name} ${runtime.version}`,
    `🚀 ${name} running at ${url}`,
  ]
  if (docs) {
    lines.push(`📚 API Documentation available at ${url}${basePath}${DOCS_PATH}`)
    lines.push('🔒 Documentation protected with Basic Auth')
    if (isPasswordGenerated) {
      lines.push(`🔑 Documentation login for this run: ${docs.username} / ${docs.password}`)
    }
  } else {
    lines.push('🔒 Documentation is off: set DOCS_PASSWORD to serve it')
  }
  if (runtime.supportsSocketIo) {
    lines.push(`✅ Socket.IO enabled on same port (${new URL(url).port})`)
  } else {
    lines.push('⚠️  Socket.IO not available with Bun runtime')
    lines.push('💡 Tip: Use Node.js runtime for full Socket.IO support')
  }
  if (!hasDemo) return lines
  lines.push(`✨ Demo app at ${url}/`)
  if (hasDemoUsers === true)
    lines.push('👥 Demo users sara and omid can sign in; their passwords are public')
  if (hasDemoUsers === false)
    lines.push('👥 No demo users: they need NODE_ENV=development and DEMO=on')
  return lines
}
