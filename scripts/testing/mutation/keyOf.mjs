/** The key of a mutant: its change and its place, with lines and columns from 0. */
export function keyOf(file, { start, end }, { mutatorName, replacement }) {
  const place = [start.line, start.column, end.line, end.column].join(':')
  return `${file}:${place} ${mutatorName} ${replacement}`
}

/** The place of a mutant by its key, as Stryker's option `mutate` takes it: with lines from 1. */
export function rangeOf(key) {
  const [, file, ...place] = /^(.*?):(\d+):(\d+):(\d+):(\d+) /.exec(key)
  const [line, column, endLine, endColumn] = place.map(Number)
  return `${file}:${line + 1}:${column}-${endLine + 1}:${endColumn}`
}
