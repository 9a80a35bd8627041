import { describe, expect, it } from 'vitest'
import { runDoctor } from './support/runDoctor.js'

describe('the command line', () => {
  it.each([
    [['--nonsense'], /--nonsense'; --help/],
    [['--orgin', 'https://app.example.org'], /'--orgin'\. Did you mean --origin\?/],
    [['one', 'two'], /2/],
    [['localhost:3000'], /"localhost:3000" is no address/],
    [['ftp://localhost'], /no address/],
    [[''], /no address/],
    [['--origin', 'app.example.org'], /--origin is "app.example.org"/],
    [['--origin', 'https://app.example.org/path'], /--origin/],
    [['--timeout', 'soon'], /--timeout is "soon"/],
    [['--timeout', '0'], /more than 0/],
    [['--timeout'], /--timeout/],
    [['--token', ''], /--token/],
    [['--json=yes'], /--json/],
  ])('refuses %j with one line and 2', async (argv, line) => {
    const { exitCode, output, complaints } = await runDoctor(argv)
    expect(exitCode).toBe(2)
    expect(output).toBe('')
    expect(complaints).toMatch(/^yektayar-doctor: [^\n]+\n$/)
    expect(complaints).toMatch(line)
  })

  it.each([
    ['--token', 'with a space'],
    ['http://user:with-a-space@localhost'],
    ['http://localhost?token=with-a-space'],
  ])('does not repeat a secret in its complaint: %s', async (...argv) => {
    const { exitCode, complaints } = await runDoctor(argv)
    expect(exitCode).toBe(2)
    expect(complaints).not.toMatch(/with.a.space/)
  })

  it.each([
    'capacitor://localhost',
    'chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai',
    'file://',
  ])('takes the origin of an app shell: %s', async (origin) => {
    const { exitCode, complaints } = await runDoctor([
      'http://127.0.0.1:1',
      '--origin',
      origin,
      '--timeout',
      '5',
    ])
    // No server answers, but the arguments are accepted.
    expect([exitCode, complaints]).toEqual([1, ''])
  })

  it('shows its usage and its version', async () => {
    const { exitCode, output } = await runDoctor(['--help'])
    expect(exitCode).toBe(0)
    for (const flag of ['--origin', '--token', '--timeout', '--ci', '--json']) {
      expect(output).toContain(flag)
    }
    expect((await runDoctor(['-v'])).output).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
