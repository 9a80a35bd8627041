/** Whether the tests have a PostgreSQL server: the npm package for this platform, or a given one. */
export function hasPostgres(): boolean
