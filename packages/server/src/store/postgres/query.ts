/** Runs a statement with its values as `$1`, `$2` and so on. Resolves with its rows. */
export type Query = <Row>(text: string, values?: readonly unknown[]) => Promise<Row[]>
