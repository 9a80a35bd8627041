/** The key of a mutant: its change and its place, with lines and columns from 0. */
export function keyOf(file, { start, end }, { mutatorName, replacement }) {
  const place = [start.line, start.column, end.line, end.column].join(':')
  return `${file}:${place} ${mutatorName} ${replacement}`
}
