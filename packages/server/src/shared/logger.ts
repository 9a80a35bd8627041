import pino from 'pino'
import type { DestinationStream, Logger } from 'pino'
import type { LogLevel } from './logLevel.js'

/** How to write the log. */
export interface CreateLoggerOptions {
  /** @default 'info' */
  level?: LogLevel
  /** Where its lines go. @default the standard output */
  stream?: DestinationStream | undefined
}

const TOKEN_LIKE = /[\w-]{43,}/g
const secretKeys = ['token', 'sessionToken', 'authorization', 'password', 'cookie']

/** Creates the server's log. Values under the names of secrets are redacted. */
export function createLogger(options: CreateLoggerOptions = {}): Logger {
  const { level = 'info', stream = pino.destination(1) } = options
  return pino(
    {
      level,
      redact: {
        paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: '[redacted]',
      },
      serializers: { req: describeRequest },
    },
    stream,
  )
}

/** Coloured lines for people instead of JSON. What formats them is loaded only here. */
export async function prettyStream(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty')
  return pretty({ ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' })
}

/** A request for the log: no headers and query, which may contain a token; the path is redacted. */
function describeRequest(request: { method?: string; url?: string }): object {
  const [path = ''] = request.url?.split('?', 1) ?? []
  return { method: request.method, path: path.replaceAll(TOKEN_LIKE, '[redacted]') }
}
