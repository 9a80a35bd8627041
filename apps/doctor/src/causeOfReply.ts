import type { CauseCode } from './causes.js'
import { textAt } from './fieldAt.js'
import type { Reply } from './request.js'

const causesByCode: Readonly<Record<string, CauseCode>> = {
  ECONNREFUSED: 'server_down',
  ENOTFOUND: 'host_unknown',
  EAI_AGAIN: 'host_unknown',
  TIMEOUT: 'unreachable',
  ETIMEDOUT: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'unreachable',
  UND_ERR_HEADERS_TIMEOUT: 'unreachable',
  EPROTO: 'tls_failed',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls_failed',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls_failed',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls_failed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls_failed',
}

const GATEWAY_STATUSES = [502, 503, 504]

/** The cause of a failed request, from its code, its status and the server's own error code. */
export function causeOfReply(reply: Reply): CauseCode {
  if (reply.kind === 'none') return causeOfCode(reply.code)
  const { status, json } = reply
  const code = textAt(json, 'error', 'code')
  if (code === 'origin_forbidden') return 'origin_refused'
  if (code === 'token_invalid' || code === 'token_required') return 'bad_token'
  if (status === 429) return 'too_many_requests'
  if (code !== undefined && status >= 500) return 'server_error'
  if (GATEWAY_STATUSES.includes(status)) return 'bad_gateway'
  if (status >= 300 && status < 400) return 'wrong_path'
  if (status === 200 && /^\s*<(!doctype|html)/i.test(reply.text)) return 'captive_portal'
  return 'not_yektayar'
}

/** A short description of a reply, as evidence. */
export function describeReply(what: string, reply: Reply): string {
  if (reply.kind === 'none') return `${what}: ${reply.code}`
  const { status, headers, json } = reply
  const code = textAt(json, 'error', 'code')
  const type = headers.get('content-type')?.split(';')[0]
  const location = headers.get('location')
  const rest = code ?? (location ? `to ${location}` : type)
  return `${what}: status ${status}${rest ? `, ${rest}` : ''}`
}

function causeOfCode(code: string): CauseCode {
  const known = causesByCode[code]
  if (known) return known
  if (/^(CERT_|ERR_TLS_|ERR_SSL_)/.test(code)) return 'tls_failed'
  // A connection was made, but the answer was not HTTP, or there was none.
  return 'not_yektayar'
}
