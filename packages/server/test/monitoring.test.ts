import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startCounting } from './support/countingServer.js'
import { parseExposition } from './support/exposition.js'
import { refused } from './support/server.js'

const folder = join(import.meta.dirname, '../monitoring')
const promtool = findPromtool()
if (!promtool) console.warn('! There is no promtool: metrics and alerts are NOT checked by it.')

/** The metrics of a server on which every event that sets a label has happened. */
async function exposition(): Promise<string> {
  const authenticate = () => null
  await using context = await startCounting({ acquiresPerAddressPerMinute: 4 }, { authenticate })
  const client = await context.connect()
  await client.emitWithAck('message', 'x')
  client.disconnect()
  await refused(context.client({ reconnection: false }))
  const { token } = await context.acquire()
  await fetch(`${context.url}/api/session/sign-in`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'x' }),
  })
  for (let count = 0; count < 4; count++) await context.acquire()
  return await context.read()
}

const files = ['alerts.yml', 'grafana-dashboard.json']
const NAME = /\b(?:yektayar|process|nodejs)_\w+/g

/** The PromQL queries in a file. */
function queriesOf(file: string): string[] {
  const text = readFileSync(join(folder, file), 'utf8')
  if (file.endsWith('.yml'))
    return [...text.matchAll(/^ +expr: (.+)$/gm)].map(([, expr = '']) => expr)
  const { panels } = JSON.parse(text) as { panels: { targets?: { expr: string }[] }[] }
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
}

describe('the metrics', () => {
  it('are in the format of Prometheus, to the letter', async () => {
    const families = parseExposition(await exposition())
    expect(families.get('yektayar_event_loop_delay_seconds')?.type).toBe('histogram')
    expect(families.get('process_cpu_seconds_total')?.type).toBe('counter')
    expect(families.get('yektayar_build_info')?.labels).toEqual(
      new Set(['version', 'runtime', 'runtime_version']),
    )
    const ours = [...families].filter(([name]) => name.startsWith('yektayar_'))
    const labels = new Set(ours.flatMap(([, { labels: names }]) => [...names]))
    // A label that could identify a user, a room or a token would make this list longer.
    const known = ['code', 'command', 'le', 'limit', 'outcome', 'reason', 'runtime']
    expect([...labels].toSorted()).toEqual([...known, 'runtime_version', 'version'])
  })

  it.each([
    ['a sample without a type', 'a 1'],
    ['a histogram of quantiles', '# HELP a b\n# TYPE a histogram\na{quantile="1"} 1'],
    [
      'a bucket that shrinks',
      '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="2"} 1',
    ],
    ['the same sample twice', '# HELP a b\n# TYPE a gauge\na 1\na 2'],
    ['a label without quotes', '# HELP a b\n# TYPE a gauge\na{x=1} 1'],
  ])('would not pass with %s', (_what, text) => {
    expect(() => parseExposition(text)).toThrow()
  })

  it.each(files)('are all that %s asks for', async (file) => {
    const families = parseExposition(await exposition())
    const queries = queriesOf(file)
    expect(queries.length).toBeGreaterThan(10)
    for (const query of queries) {
      const names = query.match(NAME) ?? []
      expect(names.length, query).toBeGreaterThan(0)
      const labels = new Set(['instance', 'le'])
      for (const name of names) {
        const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''))
        expect(family, name).toBeDefined()
        for (const label of family?.labels ?? []) labels.add(label)
      }
      const matched = [...query.matchAll(/[{,] ?(\w+)(?:=~|!~|!=|=)"/g)].map(([, label]) => label)
      const grouped = [...query.matchAll(/by \(([^)]+)\)/g)].flatMap(([, list = '']) =>
        list.split(', '),
      )
      for (const label of [...matched, ...grouped]) expect(labels, query).toContain(label)
    }
  })

  it('have every metric of ours in the dashboard or an alert, and in the docs', async () => {
    const asked = files.flatMap(queriesOf).join('\n')
    const docs = readFileSync(join(folder, '../../../docs/SERVER.md'), 'utf8')
    for (const name of parseExposition(await exposition()).keys()) {
      if (!name.startsWith('yektayar_')) continue
      expect(asked).toContain(name)
      expect(docs).toContain(`\`${name}`)
    }
  })
})

describe.skipIf(!promtool)('promtool', () => {
  const run = (args: string[], input = '') =>
    spawnSync(promtool ?? '', args, { input, encoding: 'utf8', cwd: folder })

  it('accepts the metrics', async () => {
    const { status, stderr } = run(['check', 'metrics'], await exposition())
    // promtool warns about names that come from prom-client. Only our own names are checked.
    const complaints = stderr.split('\n').filter((line) => line.includes('yektayar_'))
    expect([status === 0 || status === 3, complaints]).toEqual([true, []])
  })

  it('accepts the alerts', () => {
    const { status, stdout, stderr } = run(['check', 'rules', 'alerts.yml'])
    expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')])
  })

  it('sees the alerts fire when they have to, and only then', () => {
    const { status, stdout, stderr } = run(['test', 'rules', 'alerts.test.yml'])
    expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')])
  })
})

function findPromtool(): string | undefined {
  const command = process.env.PROMTOOL_PATH ?? 'promtool'
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return command
  } catch {
    return undefined
  }
}
