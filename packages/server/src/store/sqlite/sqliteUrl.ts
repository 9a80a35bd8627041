const PREFIX = 'sqlite:'

/** Whether an address names an SQLite file or an in-memory database. */
export function isSqliteUrl(url: string): boolean {
  return url.startsWith(PREFIX) && url.length > PREFIX.length
}

/**
 * The path of the file; `:memory:` for an in-memory database.
 *
 * @throws {TypeError} for another address, of which a part would be taken for a path
 */
export function pathOf(url: string): string {
  if (!isSqliteUrl(url)) throw new TypeError('This is no address of an SQLite database')
  return url.slice(PREFIX.length)
}

/** Whether an address names a database that only the connection that opens it can see. */
export function isInMemory(url: string): boolean {
  return /^(:memory:|file:.*(:memory:|[?&]mode=memory))/.test(pathOf(url))
}
