/**
 * The error for a value that the database cannot store; thrown before it reaches the database. The
 * message names the column and the type of the value, never the value itself.
 */
export class StoreValueError extends TypeError {
  override readonly name = 'StoreValueError'
  /** `table.column`; `undefined` if the statement does not show it. */
  readonly column: string | undefined

  constructor(message: string, column?: string) {
    super(message)
    this.column = column
  }
}
