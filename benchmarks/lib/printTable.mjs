/** Prints the results as a Markdown table: medians, and the quartiles of the ratios. */
export function printTable(rows) {
  const header = ['what', 'of it', 'plain', 'ours', 'ratio', 'quartiles', 'target', '']
  const lines = rows.map(({ name, unit, plain, ours, ratio, target, isMissed }) => [
    name,
    unit,
    plain.median.toFixed(1),
    ours.median.toFixed(1),
    ratio.median.toFixed(2),
    `${ratio.lower.toFixed(2)}–${ratio.upper.toFixed(2)}`,
    `≤ ${target.toFixed(2)}`,
    isMissed ? 'missed' : ratio.median <= target ? 'held' : 'within its spread',
  ])
  const cells = [header, header.map(() => '---'), ...lines]
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  for (const row of cells) {
    console.log(`| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`)
  }
}
