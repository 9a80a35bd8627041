import type { FastifyBaseLogger } from 'fastify'
import type { Connection, RealtimeServer } from './connection.js'
import {
  allFeatures,
  connectionFeatures,
  pollingFeatures,
  requestFeatures,
  serverFeatures,
  upgradeFeatures,
  webSocketFeatures,
} from './privateFeatures.js'
import type { Feature } from './privateFeatures.js'
import type { TransportWatcher } from './transportEvents.js'

type Conn = Connection['conn']

/** What the report needs. */
export interface ReportMissingDeps {
  io: RealtimeServer
  watch: (watcher: TransportWatcher) => void
  log: FastifyBaseLogger
}

/**
 * Logs which private names of Socket.IO, Engine.IO and `ws` are missing, and which features are off
 * because of that. Checks when the server starts, and names of live objects at the first object of
 * each kind.
 */
export function reportMissing({ io, watch, log }: ReportMissingDeps): void {
  const seen = new Set<readonly Feature<never>[]>()
  const reported = new Set<string>()

  function look<Holder>(features: readonly Feature<Holder>[], holder: Holder): void {
    if (seen.has(features)) return
    seen.add(features)
    const names = new Set(features.flatMap((feature) => feature.names))
    const missing = [...names].filter(({ name, isIn }) => !reported.has(name) && !isIn(holder))
    if (missing.length === 0) return
    for (const { name } of missing) reported.add(name)
    log.warn(
      {
        missing: missing.map(({ name }) => name),
        off: [...new Set(missing.flatMap(featuresWith))],
      },
      'private names are missing in this version of Socket.IO, Engine.IO or ws; ' +
        'the features that need them are off',
    )
  }

  function lookAtTransport(this: Conn): void {
    look(this.transport.name === 'websocket' ? webSocketFeatures : pollingFeatures, this)
  }

  look(serverFeatures, io)
  watch({
    requested(request, response) {
      look(requestFeatures, request)
      if (request.headers.upgrade !== undefined) look(upgradeFeatures, response)
      return false
    },
    opened(conn) {
      lookAtTransport.call(conn)
      if (conn.transport.name !== 'websocket') conn.on('upgrade', lookAtTransport)
    },
  })
  io.on('connection', (connection) => {
    look(connectionFeatures, connection)
  })
}

/** All features that need a name, including those of other kinds of objects. */
function featuresWith({ name }: { readonly name: string }): string[] {
  return allFeatures
    .filter(({ names }) => names.some((other) => other.name === name))
    .map(({ what }) => what)
}
