const PREFIX = 'sqlite:'

/** Whether an address names an SQLite file or an in-memory database. */
export function isSqliteUrl(url: string): boolean {
  return url.startsWith(PREFIX) && url.length > PREFIX.length
}

/** The path of the file; `:memory:` for an in-memory database. */
export function pathOf(url: string): string {
  return url.slice(PREFIX.length)
}

/** Whether an address names a database that only the connection that opens it can see. */
export function isInMemory(url: string): boolean {
  return /^(:memory:|file:.*(:memory:|[?&]mode=memory))/.test(pathOf(url))
}
