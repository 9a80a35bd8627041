import type {
  Kysely,
  KyselyPlugin,
  PluginTransformQueryArgs,
  PluginTransformResultArgs,
  QueryResult,
  RootOperationNode,
  SchemableIdentifierNode,
  UnknownRow,
} from 'kysely'
import { UsageError } from '../shared/usageError.js'
import type { AppDatabase } from './appDatabase.js'
import type { Schema } from './sqlite/schema.js'

/** The tables of this package; the type holds that none is missing. */
const ownTables: Readonly<Record<keyof Schema, true>> = {
  news: true,
  nodes: true,
  outbox_answers: true,
  outboxes: true,
  presence: true,
  room_messages: true,
  rooms: true,
  session_tokens: true,
  sessions: true,
  store: true,
}

const reserved: ReadonlySet<string> = new Set([
  ...Object.keys(ownTables),
  'kysely_migration',
  'kysely_migration_lock',
])

/** Nodes that hold an app's values, which may look like anything. */
const valueNodes: ReadonlySet<string> = new Set(['ValueNode', 'PrimitiveValueListNode'])

/** A database or transaction as an app gets it: over its own tables alone. */
export function forApps<Tables>(database: Kysely<Tables>): AppDatabase {
  const guarded: unknown = database.withPlugin(new OwnTablesGuard())
  return guarded as AppDatabase // whose tables only the app knows
}

/**
 * Refuses queries on the tables of this package, as far as Kysely knows of which tables they are: the text
 * of an app's own SQL is not read.
 */
class OwnTablesGuard implements KyselyPlugin {
  transformQuery({ node }: PluginTransformQueryArgs): RootOperationNode {
    refuseIn(node)
    return node
  }

  transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return Promise.resolve(result)
  }
}

/** @throws {UsageError} `reserved_table` */
function refuseIn(part: unknown): void {
  if (typeof part !== 'object' || part === null) return
  const { kind } = part as { readonly kind?: unknown }
  if (typeof kind === 'string' && valueNodes.has(kind)) return
  if (kind === 'SchemableIdentifierNode') {
    refuse((part as SchemableIdentifierNode).identifier.name) // as its kind says
    return
  }
  for (const [name, value] of Object.entries(part)) {
    // A column's table is one of those that the query is from, or another name for one of them.
    if (kind !== 'ReferenceNode' || name !== 'table') refuseIn(value)
  }
}

function refuse(table: string): void {
  if (!reserved.has(table.toLowerCase())) return // SQLite does not distinguish capitals
  throw new UsageError(
    'reserved_table',
    `"${table}" is a table of @yektayar/server: use realtime.sessions, realtime.rooms and publish() ` +
      'for what is in it, or another name for a table of your own',
  )
}
