import { OptionError } from '../shared/optionError.js'

/** Where Socket.IO is, unless an app says otherwise. */
const SOCKET_PATH = '/socket.io'

/** Segments of a path without anything that a router or a URL would read as more than text. */
const PATH = /^(?:\/[A-Za-z0-9_~.-]+)*$/

/** Where Socket.IO would take requests away from REST. */
const restPlaces = ['/api', '/api-docs', '/health', '/ready', '/metrics']

/** As an app gives them. */
export interface PathOptions {
  path?: string | undefined
  basePath?: string | undefined
  /** What `register` of Fastify calls the base path. */
  prefix?: string | undefined
}

/** Without a slash at their ends. */
export interface Paths {
  readonly path: string
  readonly basePath: string
}

/**
 * Reads where Socket.IO or REST is served: `/v1/chat`, with or without a slash at its end.
 *
 * @throws {OptionError} `invalid_options`
 */
export function readPath(name: string, value: string): string {
  const path = value.replace(/\/$/, '')
  const hasDots = path.split('/').some((segment) => segment === '.' || segment === '..')
  if (PATH.test(path) && !hasDots) return path
  throw new OptionError(`${name} is "${value}"; allowed: a path like /v1/chat`)
}

/**
 * Reads both paths, and holds that the one of Socket.IO takes no route away.
 *
 * @throws {OptionError} `invalid_options`
 */
export function readPaths({ path = SOCKET_PATH, basePath = '', prefix }: PathOptions): Paths {
  const base = readPath('basePath', basePath)
  const ownPrefix = prefix === undefined ? base : readPath('prefix', prefix)
  if (base !== '' && ownPrefix !== base) {
    throw new OptionError(`prefix is "${ownPrefix}" and basePath "${base}"; allowed: one of them`)
  }
  const socketPath = readPath('path', path)
  if (restPlaces.some((place) => `${ownPrefix}${place}/`.startsWith(`${socketPath}/`))) {
    throw new OptionError(`path is "${path}", where REST is; allowed: a path of its own`)
  }
  return { path: socketPath, basePath: ownPrefix }
}

/** The names by which a page learns where the server is, each only where it is not the default. */
export function movedPaths(options: PathOptions): Readonly<Record<string, string>> {
  const { path, basePath } = readPaths(options)
  return {
    ...(path !== SOCKET_PATH && { 'yektayar-path': path }),
    ...(basePath !== '' && { 'yektayar-base-path': basePath }),
  }
}
