const TOKEN =
  /'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|("(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])|([\p{L}_][\p{L}\p{N}_$]*)|([?:@$][\p{L}\p{N}_$]*)|[<>=!|]+|\d[\w.]*|\S/gu

/** Words between a column and the value that it is compared with or set to. */
const LINKS = new Set(
  ['=', '==', '<>', '!=', '<', '>', '<=', '>=', '?', 'is', 'not', 'in', 'like', 'glob'].concat([
    'between',
  ]),
)

const TABLE_WORDS = new Set(['into', 'update', 'from'])

/**
 * The column of each `?` in a statement, as far as the statement shows it. Returns `undefined` if
 * the parameters have numbers or names.
 */
export function parameterColumns(sql: string): (string | undefined)[] | undefined {
  const reader = new StatementReader()
  for (const [token, quoted, word, parameter] of sql.matchAll(TOKEN)) {
    if (token.startsWith('--') || token.startsWith('/*')) continue
    if (parameter !== undefined && parameter !== '?') return undefined
    if (quoted !== undefined) reader.name(quoted.slice(1, -1))
    else if (word !== undefined) reader.word(word)
    else reader.sign(token)
  }
  return reader.columns
}

/** Reads a statement token by token, and tracks to which column the next value belongs. */
class StatementReader {
  readonly columns: (string | undefined)[] = []
  #table: string | undefined
  #isTableNext = false
  /** The names in `insert into t (a, b)`; collected until the list is closed. */
  #inserted: string[] | undefined
  #part: 'start' | 'names' | 'values' | 'rest' = 'start'
  #depth = 0
  #position = 0
  /** The last column name, while only links have followed it. */
  #named: string | undefined
  #afterDot = false
  #last = ''

  name(name: string): void {
    if (this.#isTableNext) {
      this.#table = name
      this.#isTableNext = false
    } else if (this.#part === 'names') this.#inserted?.push(name)
    else if (this.#afterDot && this.#named === undefined) this.#table = name
    else this.#named = this.#afterDot ? `${this.#named ?? ''}.${name}` : name
    this.#afterDot = false
    this.#last = name
  }

  word(word: string): void {
    const lower = word.toLowerCase()
    if (lower === 'values' && this.#depth === 0) this.#part = 'values'
    else if (this.#part === 'values' && this.#depth === 0) this.#part = 'rest'
    if (this.#isTableNext || this.#afterDot || this.#part === 'names') {
      this.name(word)
      return
    }
    if (TABLE_WORDS.has(lower) && this.#table === undefined) {
      this.#isTableNext = true
      if (lower === 'into') this.#inserted = []
    } else if (!LINKS.has(lower)) this.#named = keywords.has(lower) ? undefined : word
    this.#last = lower
  }

  sign(sign: string): void {
    if (sign === '(') this.#open()
    else if (sign === ')') this.#close()
    else if (sign === ',' && this.#depth === 1) this.#position++
    if (sign === '?') this.columns.push(this.#column())
    this.#afterDot = sign === '.'
    if (!this.#afterDot && !this.#isLink(sign)) this.#named = undefined
    this.#last = sign
  }

  /** Whether the next token still belongs to the last column name. */
  #isLink(sign: string): boolean {
    if (sign === '(') return LINKS.has(this.#last) // not the bracket of a function
    if (sign === ',') return this.#depth > 0 && this.#last === '?'
    return LINKS.has(sign)
  }

  #open(): void {
    this.#depth++
    if (this.#depth > 1) return
    this.#position = 0
    if (this.#part === 'start' && this.#inserted?.length === 0) this.#part = 'names'
  }

  #close(): void {
    this.#depth--
    if (this.#part === 'names') this.#part = 'start'
  }

  #column(): string | undefined {
    const column =
      this.#part === 'values' && this.#depth > 0 ? this.#inserted?.[this.#position] : this.#named
    if (column === undefined || column.includes('.') || this.#table === undefined) return column
    return `${this.#table}.${column}`
  }
}

const keywords = new Set(
  ['and', 'or', 'where', 'set', 'limit', 'offset', 'select', 'join', 'on', 'then', 'else', 'when']
    .concat(['case', 'returning', 'having', 'order', 'group', 'by', 'as', 'end', 'values', 'do'])
    .concat(['insert', 'delete', 'replace', 'conflict', 'nothing', 'update', 'with', 'default']),
)
