/**
 * Runs a statement with its values as `$1`, `$2` and so on. Resolves with its rows.
 *
 * @param name under which each connection keeps the statement parsed. @default it is parsed anew
 */
export type Query = <Row>(
  text: string,
  values?: readonly unknown[],
  name?: string,
) => Promise<Row[]>
