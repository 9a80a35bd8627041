/**
 * A value that the database cannot hold, refused before it reaches the database. The message names
 * the column and the kind of the value, never the value itself.
 */
export class StoreValueError extends TypeError {
  override readonly name = 'StoreValueError'
  /** `table.column`; `undefined` where the statement does not tell. */
  readonly column: string | undefined

  constructor(message: string, column?: string) {
    super(message)
    this.column = column
  }
}
