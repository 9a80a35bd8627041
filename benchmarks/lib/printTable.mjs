/** Prints rows of text as a Markdown table. */
export function printTable(header, rows) {
  const cells = [header, header.map(() => '---'), ...rows]
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  for (const row of cells) {
    console.log(`| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`)
  }
}

/** A number with about three digits. */
export function shortNumber(value) {
  const size = Math.abs(value)
  return value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0)
}
