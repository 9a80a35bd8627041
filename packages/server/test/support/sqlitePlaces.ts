/** Where a database may be: the name of the place, and the address there, given that of a file. */
export const sqlitePlaces: readonly [name: string, urlOf: (file: string) => string][] = [
  ['in memory', () => 'sqlite::memory:'],
  ['in a file', (file) => file],
]
