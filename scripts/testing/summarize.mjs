/** Prints a line per stage, and a last line with the totals. Returns whether nothing failed. */
export function summarize(results) {
  const width = Math.max(...results.map(({ name }) => name.length))
  console.log(`\n  ${'stage'.padEnd(width)}  passed  failed  skipped   seconds`)
  for (const { name, passed, failed, skipped, seconds } of results) {
    const numbers = [
      cell(passed, 6),
      cell(failed, 6),
      cell(skipped, 7),
      cell(seconds.toFixed(1), 8),
    ]
    const mark = failed > 0 ? '✗' : passed > 0 ? '✓' : '-'
    console.log(`${mark} ${name.padEnd(width)}  ${numbers.join('  ')}`)
  }

  for (const file of results.flatMap(({ repeated = [] }) => repeated)) {
    console.log(`! ${file} failed beside others, and passed alone`)
  }
  const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((key) =>
    results.reduce((sum, result) => sum + result[key], 0),
  )
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  return failed === 0
}

function cell(value, width) {
  return String(value).padStart(width)
}
