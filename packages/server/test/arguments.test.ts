import { describe, expect, it } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { answerArguments } from '../src/standalone/arguments.js'
import { variableHelp } from '../src/standalone/config.js'

describe('the arguments of yektayar-server', () => {
  it('may be absent, which starts it', () => {
    expect(answerArguments([])).toBeUndefined()
  })

  it.each(['--help', '-h'])('%s shows every variable', (argument) => {
    const { text, exitCode } = answerArguments([argument]) ?? { text: '' }
    expect(exitCode).toBe(0)
    expect(variableHelp.length).toBeGreaterThan(15)
    for (const { name, allowed } of variableHelp) {
      expect(text).toMatch(new RegExp(`^ {2}${name} +${allowed.replaceAll(/[*.?]/g, '\\$&')}`, 'm'))
    }
    expect(text).toMatch(/^ {2}PORT .*\[3000\]$/m)
    expect(text).toMatch(/^ {2}CORS_ORIGIN [^[]*$/m)
  })

  it.each(['--version', '-v'])('%s shows the version', (argument) => {
    expect(answerArguments([argument])).toEqual({ text: packageJson.version, exitCode: 0 })
  })

  it.each([
    ['--port', 'there is no argument --port; set PORT in the environment or in .env'],
    ['--database-url=x', '--database-url; set DATABASE_URL in the environment or in .env'],
    ['start', 'there is no argument start; --help shows what there is'],
    ['--prot', 'there is no argument --prot; set PORT in the environment or in .env'],
    ['--helm', 'there is no argument --helm; --help shows what there is'],
  ])('%s is refused with what to do', (argument, message) => {
    const answer = answerArguments(['--help', argument, '4000'])
    expect(answer?.exitCode).toBe(2)
    expect(answer?.text).toContain(message)
  })

  it('refuses a secret without repeating it', () => {
    expect(answerArguments(['--docs-password=correct-horse'])?.text).not.toContain('horse')
  })
})
