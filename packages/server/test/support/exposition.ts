/** A metric family in Prometheus' text format. */
export interface Family {
  readonly type: string
  readonly help: string
  /** The label names of its samples. */
  readonly labels: ReadonlySet<string>
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\n"])*)"(,|$)/y
const suffixes: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
}

/** Parses the text format strictly: throws on whatever Prometheus or promtool would refuse. */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, Family & { labels: Set<string> }>()
  const seen = new Set<string>()
  const buckets = new Map<string, number>()
  let help: { name: string; text: string } | undefined
  let current = ''
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (kind === 'HELP') {
      help = { name, text: rest }
    } else if (kind === 'TYPE') {
      if (help?.name !== name || families.has(name)) throw new Error(`Out of place: ${line}`)
      families.set(name, { type: rest, help: help.text, labels: new Set() })
      current = name
    } else {
      const family = families.get(current)
      const [, sample = '', labelText = '', value = ''] = SAMPLE.exec(line) ?? []
      const allowed = suffixes[family?.type ?? ''] ?? ['']
      if (!family || !allowed.some((suffix) => sample === current + suffix)) {
        throw new Error(`No sample of ${current}: ${line}`)
      }
      const key = `${sample}{${labelText}}`
      if (seen.has(key)) throw new Error(`Twice: ${line}`)
      seen.add(key)
      const labels = readLabels(labelText, line)
      for (const label of labels.keys()) family.labels.add(label)
      if (family.type === 'histogram') checkBucket(sample, labels, Number(value), buckets, line)
      if (family.type === 'counter' && Number(value) < 0) throw new Error(`Below 0: ${line}`)
    }
  }
  return families
}

function readLabels(text: string, line: string): Map<string, string> {
  const labels = new Map<string, string>()
  LABEL.lastIndex = 0
  while (text !== '' && LABEL.lastIndex < text.length) {
    const [, name = '', value = ''] = LABEL.exec(text) ?? []
    if (name === '' || labels.has(name)) throw new Error(`Not labels: ${line}`)
    labels.set(name, value)
  }
  return labels
}

/** Checks that bucket counts never decrease, and that the last one equals the total. */
function checkBucket(
  sample: string,
  labels: Map<string, string>,
  value: number,
  buckets: Map<string, number>,
  line: string,
): void {
  const { le, ...others } = Object.fromEntries(labels)
  const key = sample.replace(/_(bucket|count)$/, '') + JSON.stringify(others)
  if (sample.endsWith('_bucket')) {
    if (le === undefined || value < (buckets.get(key) ?? 0)) throw new Error(`No bucket: ${line}`)
    buckets.set(key, value)
  }
  if (sample.endsWith('_count') && buckets.get(key) !== value) {
    throw new Error(`Not the sum of the buckets: ${line}`)
  }
}
